"""The values that count of a span: what people said is laid over them, at no cost where nobody said anything."""

from datetime import datetime

from sqlalchemy.orm import Session

from companion.readings.amendments import counting, is_anything_said
from companion.readings.reading import Metric
from companion.readings.store import ReadingStore
from companion.readings.values import Values


def counted_values(
    session: Session, store: ReadingStore, patient: str, metric: Metric, start: datetime, end: datetime
) -> Values:
    """The columns of `amendments.counting` over `store.between`. Only where something was said is each of them looked
    at by itself: a sensor tells thousands in fourteen days."""
    if is_anything_said(session, patient, start, end):
        return Values.of(counting(session, patient, store.between(patient, metric, start, end)))
    return store.values(patient, metric, start, end)
