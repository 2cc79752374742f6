"""The unit in which a patient's glucose is shown to everybody."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.clock import MILLISECOND, to_ms
from companion.readings.amendments import amended
from companion.readings.counted import Counted
from companion.readings.glucose_values import FINGER_STICK
from companion.readings.reading import Metric
from companion.readings.store import ReadingStore
from companion.readings.units import GlucoseUnit
from companion.readings.values import Values
from companion.web.charting.one_unit import decided

LOOKED_AT = 20
"""How many of the newest values are looked at, of any kind."""
STICKS_COUNT_FOR = timedelta(days=14)
"""A finger-stick value from before says nothing of how the patient reads glucose now."""


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


def unit_of_span(patient: Person, sticks: Values, sensor: Values, start: datetime, at: datetime) -> GlucoseUnit | None:
    """The same, by what counts from `start` until that instant. None: that does not tell."""
    lately = at - STICKS_COUNT_FOR
    stick = sticks.unit[-1] if len(sticks) and sticks.taken_at_ms[-1] >= to_ms(lately) else None
    return decided(patient.glucose_unit, stick, sensor.unit[-1] if len(sensor) and start <= lately else None)


def _last_stick(db: Session, store: ReadingStore, patient: Person, at: datetime) -> str | None:
    found = Counted.of(db, store, patient.public_id, at - STICKS_COUNT_FOR, at + MILLISECOND)
    sticks = found.values(Metric.GLUCOSE, FINGER_STICK)
    return sticks.unit[-1] if len(sticks) else None
