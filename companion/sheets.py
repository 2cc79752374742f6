"""What is known of a patient for segments and tips, handed to `programme` from where it is kept: the panel's standing,
eight weeks of values and answers, diagnoses, medicines. Once a day, some patients a beat."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import fmean
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care.facts import facts_of
from companion.care.people import Person
from companion.care.regimens import active_regimens
from companion.clock import MILLISECOND, from_ms
from companion.db import reading, writing
from companion.panel.standing import Standing
from companion.panel.trend import Measure as Measured
from companion.panel.trend import says_something
from companion.panel.working_out import standing_of
from companion.programme.segments import keeping
from companion.programme.segments.definitions import Definitions, Figure
from companion.programme.segments.placing import Sheet
from companion.programme.segments.trend import SPAN_DAYS, Measure, Point, Trend, trend_of
from companion.readings.amendments import counting
from companion.readings.counted import counted_values
from companion.readings.glucose_values import FINGER_STICK, SENSOR, with_limits
from companion.readings.reading import Metric
from companion.readings.store import ReadingStore
from companion.reminders.adherence import COUNTED
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose

OLD_AFTER = timedelta(hours=24)
A_BEAT = 10
"""Patients a beat: eight weeks of a sensor take a while to look through."""
NEW_FOR, FIRST_MONTH, SILENT = timedelta(days=14), timedelta(days=30), timedelta(days=14)
SENSOR_NOW = timedelta(days=14)
"""A sensor that measured since then is looked at alone: it is not compared with finger-sticks."""
A_WEEK = 7

FIGURES: Mapping[Measured, Figure] = {
    Measured.IN_RANGE: Figure.IN_RANGE,
    Measured.BELOW: Figure.BELOW,
    Measured.SYSTOLIC: Figure.SYSTOLIC,
    Measured.DIASTOLIC: Figure.DIASTOLIC,
    Measured.TAKEN: Figure.TAKEN,
}


def keep_sheets(
    engine: Engine, store: ReadingStore, definitions: Definitions, now: datetime, limit: int = A_BEAT
) -> int:
    """Those never worked out, then the oldest; tells how many. Read first: the write lock is held for moments only."""
    with reading(engine) as session:
        patients = keeping.due(session, definitions, now - OLD_AFTER, limit)
        sheets = [(patient.id, sheet_of(session, store, patient, now)) for patient in patients]
    if sheets:
        with writing(engine) as session:
            here = _still_here(session, [patient_id for patient_id, _ in sheets])
            keeping.keep(session, definitions, [each for each in sheets if each[0] in here], now)
    return len(sheets)


def _still_here(session: Session, patient_ids: Sequence[int]) -> set[int]:
    """Whoever was erased meanwhile gets no row again."""
    query = select(Person.id).where(Person.id.in_(patient_ids), Person.left_at.is_(None))
    return set(session.scalars(query.order_by(Person.id).with_for_update(key_share=True)))


def sheet_of(session: Session, store: ReadingStore, patient: Person, now: datetime) -> Sheet:
    """Reads only."""
    standing = standing_of(session, store, patient, now)
    return Sheet(
        figures_of(standing, now),
        frozenset({*_said(session, patient, now), *events_of(standing, patient.created_at, now)}),
        tuple(_trends(session, store, patient, now)),
    )


def figures_of(standing: Standing, now: datetime) -> dict[Figure, float]:
    """What says something. Days since an answer only of somebody who was asked lately."""
    found = {
        FIGURES[measure]: period.figure
        for measure, period in standing.after.items()
        if period.figure is not None and says_something(measure, period)
    }
    if standing.last_reading_at is not None:
        found[Figure.NO_READING_DAYS] = (now - standing.last_reading_at).days
    if standing.last_answer_at is not None and Measured.TAKEN in standing.after:
        found[Figure.NO_ANSWER_DAYS] = (now - standing.last_answer_at).days
    return found


def events_of(standing: Standing, came_at: datetime, now: datetime) -> Iterator[str]:
    """What has just happened, as far as tips are sent on it."""
    if now - came_at < FIRST_MONTH:
        yield "event:first_month"
    if standing.last_reading_at is not None and now - standing.last_reading_at >= SILENT:
        yield "event:silent_14d"
    measures = standing.after.keys() - {Measured.TAKEN}
    if measures and not standing.before.keys() & measures and now - came_at >= FIRST_MONTH:
        yield "event:back_again"


def _said(session: Session, patient: Person, now: datetime) -> Iterator[str]:
    facts = facts_of(session, patient.id)
    if facts.diabetes_type not in (None, "none", "unknown"):
        yield f"diagnosis:diabetes_{facts.diabetes_type}"
    yield from (f"condition:{name}" for name in facts.conditions)
    for regimen in active_regimens(session, patient.id):
        yield f"class:{regimen.drug_class}"
        if now - regimen.created_at < NEW_FOR:
            yield "event:new_medicine"


# Eight weeks


def _trends(session: Session, store: ReadingStore, patient: Person, now: datetime) -> Iterator[Trend]:
    zone, start, end = ZoneInfo(patient.zone), now - timedelta(days=SPAN_DAYS), now + MILLISECOND
    points = {
        Measure.SYSTOLIC: day_means(_systolic(session, store, patient, start, end), zone),
        Measure.GLUCOSE: day_means(_glucose(session, store, patient, start, end), zone),
        Measure.TAKEN: week_shares(_doses(session, patient, start, end), now.astimezone(zone).date()),
    }
    for measure, found in points.items():
        if (trend := trend_of(measure, found)) is not None:
            yield trend


Valued = tuple[datetime, float]


def day_means(values: Iterable[Valued], zone: ZoneInfo) -> list[Point]:
    """A point for each local day with values."""
    days: defaultdict[date, list[float]] = defaultdict(list)
    for at, value in values:
        days[at.astimezone(zone).date()].append(value)
    return [(float(day.toordinal()), fmean(days[day])) for day in sorted(days)]


def week_shares(doses: Iterable[tuple[date, str]], today: date) -> list[Point]:
    """A point for each of the last weeks in which doses were due: the percent of them that were taken."""
    weeks: defaultdict[int, list[bool]] = defaultdict(list)
    for day, state in doses:
        weeks[(today - day).days // A_WEEK].append(state == DoseState.TAKEN)
    first = today.toordinal()
    return [(float(first - ago * A_WEEK), 100 * fmean(weeks[ago])) for ago in sorted(weeks, reverse=True)]


def _systolic(
    session: Session, store: ReadingStore, patient: Person, start: datetime, end: datetime
) -> Iterator[Valued]:
    stored = store.between(patient.public_id, Metric.BLOOD_PRESSURE, start, end)
    for each in counting(session, patient.public_id, stored):
        if each.value is not None:
            yield each.taken_at, float(each.value)


def _glucose(session: Session, store: ReadingStore, patient: Person, start: datetime, end: datetime) -> list[Valued]:
    values = counted_values(session, store, patient.public_id, Metric.GLUCOSE, start, end)
    sensor = with_limits(values.of_kinds(SENSOR))
    is_sensor = bool(sensor.taken_at_ms) and from_ms(sensor.taken_at_ms[-1]) >= end - SENSOR_NOW
    chosen = sensor if is_sensor else with_limits(values.of_kinds(FINGER_STICK))
    return [(from_ms(at), value) for at, value in zip(chosen.taken_at_ms, chosen.mg_dl, strict=True)]


def _doses(session: Session, patient: Person, start: datetime, end: datetime) -> Iterator[tuple[date, str]]:
    query = select(Dose.local_on, Dose.state).where(
        Dose.patient_id == patient.id,
        Dose.due_at >= start,
        Dose.due_at < end,
        Dose.state.in_([state.value for state in COUNTED]),
    )
    return ((on, state) for on, state in session.execute(query))
