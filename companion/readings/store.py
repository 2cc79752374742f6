"""The contract every readings store keeps, whatever engine is behind it."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from companion.readings.days import Day
from companion.readings.reading import Kind, Metric, Reading
from companion.readings.values import Values


class Appended(NamedTuple):
    """How many of a batch were new, and how many were there already. Both are durable.

    Which readings are there is always exact. How many of them were new is exact where `Capabilities.counts_exactly`;
    elsewhere `new` is the most that there can have been: while others write, one that was there may be counted again.
    """

    new: int
    known: int


class Held(NamedTuple):
    """What a store has of a span: how many readings, at how many different instants, of how many devices; the first
    and the last instant, aware UTC (None where there is nothing)."""

    n: int
    instants: int
    devices: int
    first_at: datetime | None
    last_at: datetime | None


class Erased(NamedTuple):
    """The proof of an erasure. `readings` tells how many of each metric were there (nothing was: empty); `sha256` is
    that of their canonical rows (`digest.ReadingsDigest`) in the order in which they would have been exported."""

    patient: str
    readings: Mapping[Metric, int]
    sha256: str


class Capabilities(NamedTuple):
    """What an engine can do. `name` is for people ("SQLite", "InfluxDB 1.6.7"). The service does not start on a store
    that cannot erase one patient. `joins_records`: it can write inside a transaction of the records' database, if it
    is the same one (`joins` tells). `counts_exactly`: what `append` counts as new was new, whoever writes beside it.
    """

    name: str
    erases_patients: bool
    joins_records: bool
    counts_exactly: bool


class ReadingStore(Protocol):
    """Append-only and idempotent: appending a batch again changes nothing.

    The key of a reading is (patient, metric, taken_at, device, sequence); the first value of a key stays, and
    corrections are laid over at read (`amendments`), on every engine. Instants are aware UTC in whole milliseconds;
    spans are half-open, start ≤ taken_at < end. Patients and devices are public ids; a store interns them privately.
    Everything else comes back as it was given: Decimals with their own digits, flags, raw bytes.
    """

    def capabilities(self) -> Capabilities:
        """What the engine behind it can do; may ask the server."""
        ...

    def joins(self, connection: Connection) -> bool:
        """Whether this store can write inside that transaction of the records' database."""
        ...

    def append(self, batch: Collection[Reading], within: Connection | None = None) -> Appended:
        """Makes the batch durable before it returns: on its own, or with the commit of `within` if it joins."""
        ...

    def between(
        self,
        patient: str,
        metric: Metric,
        start: datetime,
        end: datetime,
        within: Connection | None = None,
        kinds: Collection[Kind] | None = None,
    ) -> list[Reading]:
        """The readings of that span, by instant, device and sequence; `within` sees what that transaction appended.
        With `kinds` only those that came to be in one of these ways."""
        ...

    def values(
        self, patient: str, metric: Metric, start: datetime, end: datetime, kinds: Collection[Kind] | None = None
    ) -> Values:
        """What `between` would tell, as columns, and only what figures and charts need of it."""
        ...

    def latest(self, patient: str, metric: Metric, count: int = 1) -> list[Reading]:
        """The newest readings, newest first: `between`, all of it, from its end."""
        ...

    def daily(self, patient: str, metric: Metric, zone: ZoneInfo, first_on: date, last_on: date) -> list[Day]:
        """The days of that zone that have readings, both ends included, oldest first; 23 and 25 hours where clocks
        change. Of what is stored: a page that shows what counts lays amendments over, then calls `days.days_of`."""
        ...

    def coverage(self, patient: str, metric: Metric, start: datetime, end: datetime) -> Held:
        """How much is there of that span, without fetching it."""
        ...

    def patients(self) -> Iterator[str]:
        """Every patient that has a reading, in the order of their ids by code point."""
        ...

    def export_patient(self, patient: str) -> Iterator[Reading]:
        """All of it, one after the other and never all in memory: metric by metric in the order of `Metric`, within
        each as `between` gives them."""
        ...

    def erase_patient(self, patient: str) -> Erased:
        """Removes all of it, durably, and proves what it was; nothing of it is found afterwards. Again: nothing was
        there. The same readings may be appended anew."""
        ...
