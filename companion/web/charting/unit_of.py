"""The unit in which a patient's glucose is shown to everybody."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.clock import MILLISECOND
from companion.readings.amendments import amended
from companion.readings.counted import Counted
from companion.readings.glucose_values import FINGER_STICK
from companion.readings.reading import Metric
from companion.readings.store import ReadingStore
from companion.readings.units import GlucoseUnit
from companion.web.charting.one_unit import decided

LOOKED_AT = 20
"""How many of the newest values are looked at, of any kind."""
SPANS = timedelta(days=14), timedelta(days=400)
"""How far back a finger-stick value is looked for: most people have one in the first."""


def unit_of(db: Session, store: ReadingStore, patient: Person, at: datetime) -> GlucoseUnit | None:
    """As of that instant; only what counts is looked at. None: nothing was chosen, and nothing measured."""
    if patient.glucose_unit:
        return decided(patient.glucose_unit, None, None)
    stored = [each for each in store.latest(patient.public_id, Metric.GLUCOSE, LOOKED_AT) if each.taken_at <= at]
    if not stored:
        return None
    newest = [entry.reading for entry in amended(db, patient.public_id, stored) if not entry.is_excluded]
    stick = next((each.unit for each in newest if each.kind in FINGER_STICK), None)
    stick = stick or _last_stick(db, store, patient, at)
    return decided(None, stick, (newest or stored)[0].unit)


def _last_stick(db: Session, store: ReadingStore, patient: Person, at: datetime) -> str | None:
    for span in SPANS:
        sticks = Counted.of(db, store, patient.public_id, at - span, at + MILLISECOND).values(
            Metric.GLUCOSE, FINGER_STICK
        )
        if len(sticks):
            return sticks.unit[-1]
    return None
