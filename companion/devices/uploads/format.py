"""What a format module offers, and what it hands on: rows of raw texts, nothing decided yet.

A format only knows where things stand in its file. Dates, units, zones, bounds and duplicates are decided in
one place for all formats (`settle`). To add a format, write its module and name it in `detect.FORMATS`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from companion.devices.uploads.export import Export
from companion.readings.reading import Kind, Meal, Metric


@dataclass(frozen=True, slots=True)
class Record:
    """One value as the file writes it.

    `time` is the local or offset time, date first. `unit` is what the row, else the header, else the format
    says: "mg/dL", "mmol/L", "mmHg", "kPa", or None when the file is silent. `zone` is an IANA name that the
    row itself states, or "".
    """

    metric: Metric
    kind: Kind
    time: str
    value: str
    unit: str | None
    diastolic: str = ""
    pulse: str = ""
    meal: Meal | None = None
    device: str = ""
    subject: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A row that holds one or more values."""

    row: int
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is no reading and does not claim to be: a note, a dose of insulin.

    Its `time`, if it has one, still tells in which order the file writes its dates.
    """

    row: int
    reason: str
    time: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that should be a reading and cannot be."""

    row: int
    reason: str


Outcome = Found | Skipped | Rejected


class Format(Protocol):
    """The shape of a format module."""

    @property
    def NAME(self) -> str:  # noqa: N802
        """What `companion inspect` calls it."""

    def detect(self, export: Export) -> bool:
        """Whether this is such a file, by its content."""

    def read(self, export: Export) -> Iterator[Outcome]:
        """Every data row once, in the order of the file."""
