"""Works out how a patient stands, from what counts of four weeks of values and doses."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from statistics import fmean
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.clock import MILLISECOND, from_ms, to_ms
from companion.panel.standing import SPAN, Standing
from companion.panel.trend import Measure, Period
from companion.readings.amendments import counting
from companion.readings.counted import counted_values
from companion.readings.glucose_values import FINGER_STICK, SENSOR, with_limits
from companion.readings.reading import Metric, Reading
from companion.readings.store import ReadingStore
from companion.reminders.adherence import COUNTED
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose

LOW_MG_DL, HIGH_MG_DL = 70, 180
HOUR_MS = 3_600_000
ANSWERS_LOOKED_AT = timedelta(days=90)


class _Spans(NamedTuple):
    """The two spans: from `start`, from `middle`, up to and with `end`; and whose days they are."""

    start: datetime
    middle: datetime
    end: datetime
    zone: ZoneInfo


def standing_of(session: Session, store: ReadingStore, patient: Person, now: datetime) -> Standing:
    """How the patient stands at that instant. Reads only."""
    spans = _Spans(now - 2 * SPAN, now - SPAN, now + MILLISECOND, ZoneInfo(patient.zone))
    glucose = _glucose(session, store, patient, spans)
    pressure = _pressure(session, store, patient, spans)
    doses = _doses(session, patient, spans)
    return Standing(
        before=glucose[0] | pressure[0] | doses[0],
        after=glucose[1] | pressure[1] | doses[1],
        last_reading_at=_last_reading(store, patient),
        last_answer_at=session.scalar(
            select(func.max(Dose.answered_at)).where(
                Dose.patient_id == patient.id, Dose.due_at > now - ANSWERS_LOOKED_AT
            )
        ),
    )


Pair = tuple[dict[Measure, Period], dict[Measure, Period]]


def _glucose(session: Session, store: ReadingStore, patient: Person, spans: _Spans) -> Pair:
    """Of a sensor if it measured in the last span, else of finger-sticks: the two are not compared with each other."""
    found = counted_values(session, store, patient.public_id, Metric.GLUCOSE, spans.start, spans.end)
    sensor, middle_ms = found.of_kinds(SENSOR), to_ms(spans.middle)
    is_sensor = len(sensor) > 0 and sensor.taken_at_ms[-1] >= middle_ms
    glucose = with_limits(sensor if is_sensor else found.of_kinds(FINGER_STICK))
    times, values = glucose.taken_at_ms, glucose.mg_dl
    later = sum(1 for at in times if at < middle_ms)
    return (
        _of_glucose(times[:later], values[:later], spans.zone),
        _of_glucose(times[later:], values[later:], spans.zone),
    )


def _of_glucose(times: Sequence[int], values: Sequence[float], zone: ZoneInfo) -> dict[Measure, Period]:
    if not values:
        return {}
    n, days = len(values), len(_local_days(times, zone))
    below = sum(1 for value in values if value < LOW_MG_DL)
    within = sum(1 for value in values if LOW_MG_DL <= value <= HIGH_MG_DL)
    return {
        Measure.IN_RANGE: Period(n, days, _percent(within, n)),
        Measure.BELOW: Period(n, days, _percent(below, n)),
    }


def _local_days(times: Iterable[int], zone: ZoneInfo) -> set[date]:
    """Zones are whole quarters of an hour apart: one look a quarter does for a sensor's many values."""
    quarters = {at // (HOUR_MS // 4) for at in times}
    return {from_ms(quarter * (HOUR_MS // 4)).astimezone(zone).date() for quarter in quarters}


def _pressure(session: Session, store: ReadingStore, patient: Person, spans: _Spans) -> Pair:
    stored = store.between(patient.public_id, Metric.BLOOD_PRESSURE, spans.start, spans.end)
    found = counting(session, patient.public_id, stored)
    return (
        _of_pressure([reading for reading in found if reading.taken_at < spans.middle], spans.zone),
        _of_pressure([reading for reading in found if reading.taken_at >= spans.middle], spans.zone),
    )


def _of_pressure(readings: Collection[Reading], zone: ZoneInfo) -> dict[Measure, Period]:
    if not readings:
        return {}
    days = len({reading.taken_at.astimezone(zone).date() for reading in readings})
    columns = {
        Measure.SYSTOLIC: [float(reading.value) for reading in readings if reading.value is not None],
        Measure.DIASTOLIC: [float(reading.diastolic) for reading in readings if reading.diastolic is not None],
    }
    return {
        measure: Period(len(values), days, round(fmean(values), 1)) for measure, values in columns.items() if values
    }


def _doses(session: Session, patient: Person, spans: _Spans) -> Pair:
    """Doses that are over and of which the patient was told, as adherence counts them."""
    query = select(Dose.due_at, Dose.local_on, Dose.state).where(
        Dose.patient_id == patient.id,
        Dose.due_at >= spans.start,
        Dose.due_at < spans.end,
        Dose.state.in_([state.value for state in COUNTED]),
    )
    rows = [(due_at, on, state) for due_at, on, state in session.execute(query)]
    return (
        _of_doses([(on, state) for due_at, on, state in rows if due_at < spans.middle]),
        _of_doses([(on, state) for due_at, on, state in rows if due_at >= spans.middle]),
    )


def _of_doses(doses: Sequence[tuple[date, str]]) -> dict[Measure, Period]:
    if not doses:
        return {}
    taken = sum(1 for _on, state in doses if state == DoseState.TAKEN)
    return {Measure.TAKEN: Period(len(doses), len({on for on, _state in doses}), _percent(taken, len(doses)))}


def _last_reading(store: ReadingStore, patient: Person) -> datetime | None:
    newest = [store.latest(patient.public_id, metric) for metric in (Metric.GLUCOSE, Metric.BLOOD_PRESSURE)]
    return max((readings[0].taken_at for readings in newest if readings), default=None)


def _percent(n: int, of: int) -> float:
    return round(100 * n / of, 1)
