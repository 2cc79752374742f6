"""The contract every readings store keeps, whatever engine is behind it."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from companion.readings.reading import Metric, Reading


class Appended(NamedTuple):
    """How many of a batch were new, and how many were there already. Both are durable."""

    new: int
    known: int


class ReadingStore(Protocol):
    """Append-only and idempotent: appending a batch again changes nothing.

    The key of a reading is (patient, metric, taken_at, device, sequence). Instants are aware UTC; spans are
    half-open, start ≤ taken_at < end. Patients and devices are public ids; a store interns them privately.
    """

    def joins(self, connection: Connection) -> bool:
        """Whether this store can write inside that transaction of the records' database."""
        ...

    def append(self, batch: Collection[Reading], within: Connection | None = None) -> Appended:
        """Makes the batch durable before it returns: on its own, or with the commit of `within` if it joins."""
        ...

    def between(
        self, patient: str, metric: Metric, start: datetime, end: datetime, within: Connection | None = None
    ) -> list[Reading]:
        """The readings of that span, oldest first; `within` sees what that transaction appended."""
        ...

    def latest(self, patient: str, metric: Metric, count: int = 1) -> list[Reading]:
        """The newest readings, newest first."""
        ...
