"""What counts of a patient's readings of some days, read once for whatever a page makes of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.clock import MILLISECOND, to_ms
from companion.readings.counted import Counted
from companion.readings.glucose_values import FINGER_STICK, SENSOR
from companion.readings.reading import Metric, Reading
from companion.readings.store import ReadingStore
from companion.readings.units import GlucoseUnit
from companion.readings.values import Values
from companion.web.charting.unit_of import unit_of, unit_of_span

END_OF_TIME = 2**63
"""Later than any instant that is kept, in milliseconds."""


class Asked(StrEnum):
    """What a page may show of a patient's readings."""

    COURSE = "course"
    """Of finger-stick values, from day to day."""
    SENSOR = "sensor"
    MORE = "more"
    """Of a sensor: the figures that few ask for, which take longest."""
    METER = "meter"
    PRESSURE = "pressure"
    HOME = "home"
    """The averages of guidelines."""


@dataclass(frozen=True)
class Measured:
    """What counts of a patient's readings, oldest first: finger-stick values, a sensor's, and blood pressures. All
    glucose is shown in `unit`, whatever each was measured in."""

    sticks: Values
    sensor: Values
    pressures: Sequence[Reading]
    unit: GlucoseUnit

    def since(self, start: datetime) -> "Measured":
        """Those from that instant on."""
        sticks, sensor = (values.within(to_ms(start), END_OF_TIME) for values in (self.sticks, self.sensor))
        pressures = [reading for reading in self.pressures if reading.taken_at >= start]
        return Measured(sticks, sensor, pressures, self.unit)


def measured_of(
    db: Session,
    store: ReadingStore,
    patient: Person,
    at: datetime,
    shown: timedelta,
    asked: Collection[Asked] = frozenset(Asked),
) -> Measured:
    """Of the days before `at`, without the readings somebody excluded. The sensor's only where they are asked for."""
    # The store's spans are half-open; the value of this very instant is the one the page is about.
    counted = Counted.of(db, store, patient.public_id, at - shown, at + MILLISECOND)
    pressures = counted.readings(Metric.BLOOD_PRESSURE)
    if Asked.SENSOR in asked:
        sticks, sensor = counted.by_kinds(Metric.GLUCOSE, (FINGER_STICK, SENSOR))
    else:
        sticks, sensor = counted.values(Metric.GLUCOSE, FINGER_STICK), Values.of([])
    unit = unit_of_span(patient, sticks, sensor, at - shown, at) or unit_of(db, store, patient, at)
    return Measured(sticks, sensor, pressures, unit or GlucoseUnit.MMOL_L)
