"""What a format module offers, and what it hands on: rows of raw texts, nothing decided yet.

A format only knows where things stand in its file. Dates, units, zones, bounds and duplicates are decided in
one place for all formats (`settle`). To add a format, write its module and name it in `detect`; see
docs/adding-a-format.md.
"""

from collections.abc import Iterator
from typing import NamedTuple, Protocol, TypeVar

from companion.readings.reading import Kind, Meal, Metric


class Record(NamedTuple):
    """One value as the file writes it.

    `time` is the local or offset time, date first. `unit` is what the row, else the header, else the format
    says: "mg/dL", "mmol/L", "mmHg", "kPa", or None when the file is silent. `zone` is an IANA name that the
    row itself states, or "".

    `utc` is the same moment in UTC where the row has a second column for it: it decides the instant, `time`
    stays the local one. `ticks` is a count that rises as long as one `transmitter` runs: it tells the two
    passes of the hour that an autumn night repeats. `vendor_id` is an id that is the same in every export of
    this record, or "".
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
    utc: str = ""
    ticks: int | None = None
    transmitter: str = ""
    vendor_id: str = ""
    is_day_only: bool = False
    """The file tells the day alone; the time of day in `time` is nobody's."""


class Found(NamedTuple):
    """A row that holds one or more values."""

    row: int
    records: tuple[Record, ...]


class Skipped(NamedTuple):
    """A row that is no reading and does not claim to be: a note, a dose of insulin.

    Its `time`, if it has one, still tells in which order the file writes its dates.
    """

    row: int
    reason: str
    time: str = ""


class Rejected(NamedTuple):
    """A row that should be a reading and cannot be."""

    row: int
    reason: str


Sample = tuple[int, Record, str, str]
"""Row, series, time, value: the short form of a row with one value, for files with very many of them.

The series is a Record with what its rows share, time and value left empty; one object for all of them. A plain
tuple, because making one costs a tenth of making a Found with its Record.
"""

Outcome = Sample | Found | Skipped | Rejected

AnExport = TypeVar("AnExport", contravariant=True)


class Format(Protocol[AnExport]):
    """The shape of a format module, for tables (`Export`), JSON (`JsonExport`) or XML (`XmlExport`)."""

    @property
    def NAME(self) -> str:  # noqa: N802
        """What `companion inspect` calls it."""

    def detect(self, export: AnExport, /) -> bool:
        """Whether this is such a file, by its content."""

    def read(self, export: AnExport, /) -> Iterator[Outcome]:
        """Every data row once, in the order of the file. `row` is its line, its row in the sheet, its item."""
