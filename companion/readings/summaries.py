"""What a store tells of a span, worked out from the readings themselves: alike on every engine."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from companion.readings.days import Day, bounds_of, days_of
from companion.readings.reading import Kind, Metric, Reading
from companion.readings.store import Held
from companion.readings.values import Values


class _Readable(Protocol):
    def between(
        self,
        patient: str,
        metric: Metric,
        start: datetime,
        end: datetime,
        *,
        kinds: Collection[Kind] | None = None,
    ) -> list[Reading]: ...


class Summaries:
    """`values`, `daily` and `coverage` for a store that has `between`; an engine that can do better overrides them."""

    def values(
        self: _Readable,
        patient: str,
        metric: Metric,
        start: datetime,
        end: datetime,
        kinds: Collection[Kind] | None = None,
    ) -> Values:
        """See `ReadingStore.values`."""
        return Values.of(self.between(patient, metric, start, end, kinds=kinds))

    def daily(
        self: _Readable, patient: str, metric: Metric, zone: ZoneInfo, first_on: date, last_on: date
    ) -> list[Day]:
        """See `ReadingStore.daily`."""
        return days_of(self.between(patient, metric, *bounds_of(first_on, last_on, zone)), zone)

    def coverage(self: _Readable, patient: str, metric: Metric, start: datetime, end: datetime) -> Held:
        """See `ReadingStore.coverage`."""
        return held(self.between(patient, metric, start, end))


def held(readings: Sequence[Reading]) -> Held:
    """Of readings of one metric, oldest first."""
    if not readings:
        return Held(0, 0, 0, None, None)
    instants = {reading.taken_at for reading in readings}
    devices = {reading.device for reading in readings}
    return Held(len(readings), len(instants), len(devices), readings[0].taken_at, readings[-1].taken_at)
