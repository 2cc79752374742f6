"""What counts of a span: what people said is laid over the readings, at no cost where nobody said anything."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from companion.clock import to_ms
from companion.readings.amendments import counting, instants_said
from companion.readings.reading import Kind, Metric, Reading
from companion.readings.store import ReadingStore
from companion.readings.values import Values


@dataclass(frozen=True)
class Counted:
    """What counts of one patient, of one span. `said_ms`: when the readings were taken about which something was said;
    None where it may be any of them."""

    session: Session
    store: ReadingStore
    patient: str
    start: datetime
    end: datetime
    said_ms: frozenset[int] | None

    @classmethod
    def of(cls, session: Session, store: ReadingStore, patient: str, start: datetime, end: datetime) -> "Counted":
        """What was said is looked up here, and once, whatever is asked for then."""
        said = instants_said(session, patient, start, end)
        return cls(session, store, patient, start, end, None if said is None else frozenset(map(to_ms, said)))

    def values(self, metric: Metric, kinds: Collection[Kind] | None = None) -> Values:
        """The columns of `readings`. Only where something was said is each of them looked at by itself: a sensor tells
        thousands in fourteen days."""
        return self._laid_over(self.store.values(self.patient, metric, self.start, self.end, kinds), metric, kinds)

    def by_kinds(self, metric: Metric, wanted: Iterable[Collection[Kind]]) -> list[Values]:
        """The same of several kinds, each by itself, by one look at the store."""
        every = self.store.values(self.patient, metric, self.start, self.end)
        return [self._laid_over(every.of_kinds(kinds), metric, kinds) for kinds in wanted]

    def readings(self, metric: Metric, kinds: Collection[Kind] | None = None) -> list[Reading]:
        """As `amendments.counting` tells, oldest first."""
        stored = self.store.between(self.patient, metric, self.start, self.end, kinds=kinds)
        if self._is_said_of(to_ms(reading.taken_at) for reading in stored):
            return counting(self.session, self.patient, stored)
        return stored

    def _laid_over(self, values: Values, metric: Metric, kinds: Collection[Kind] | None) -> Values:
        return Values.of(self.readings(metric, kinds)) if self._is_said_of(values.taken_at_ms) else values

    def _is_said_of(self, taken_at_ms: Iterable[int]) -> bool:
        return self.said_ms is None or not self.said_ms.isdisjoint(taken_at_ms if self.said_ms else ())


def counted_values(
    session: Session,
    store: ReadingStore,
    patient: str,
    metric: Metric,
    start: datetime,
    end: datetime,
    kinds: Collection[Kind] | None = None,
) -> Values:
    """The columns of `amendments.counting` over `store.between`."""
    return Counted.of(session, store, patient, start, end).values(metric, kinds)
