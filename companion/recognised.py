"""Who measured and who answered on a day that is over earns points for it: looked at once a day, for everybody.

It hands the programme what happened; that medicine was taken is nothing it asks for.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care.people import Person, Role
from companion.db import reading, writing
from companion.errors import Unavailable
from companion.kpi.figures import newest_day
from companion.messages.unique import insert_unless_known
from companion.programme.points.ledger import day_key, earn, expire, hold
from companion.programme.points.points_models import PointsDay
from companion.programme.points.rules import Event, Rules
from companion.readings.days import bounds_of
from companion.readings.reading import Metric
from companion.readings.store import ReadingStore
from companion.reminders.doses.dose_state import ANSWERED
from companion.reminders.doses.models import Dose

log = structlog.get_logger()

A_DAY = timedelta(days=1)
LOOKS_BACK = 7
"""Days that are made up for after the jobs process stood still; what is older earns nothing any more."""
AT_ONCE = 200
"""So many patients in one transaction: nobody waits for all of them."""
METRICS = (Metric.GLUCOSE, Metric.BLOOD_PRESSURE)


def recognise_days(engine: Engine, store: ReadingStore, rules: Rules, now: datetime) -> int:
    """Looks at the days that are over and were not looked at; tells at how many. A day is over when it is everywhere
    (as for the clinic's figures). While the readings do not answer it waits for the next turn."""
    newest = newest_day(now)
    days = [newest - ago * A_DAY for ago in range(LOOKS_BACK, 0, -1)]
    with reading(engine) as session:
        done = set(session.scalars(select(PointsDay.on_day).where(PointsDay.on_day.in_(days))))
    missing = [on for on in days if on not in done]
    try:
        for on in missing:
            _recognise(engine, store, rules, on, now)
    except Unavailable as away:
        log.warning("points wait for the readings", reason=str(away))
        return 0
    return len(missing)


def _recognise(engine: Engine, store: ReadingStore, rules: Rules, on: date, now: datetime) -> None:
    """Cut off, the day is looked at again: what was given is known by its key."""
    with reading(engine) as session:
        here = Person.role == Role.PATIENT.value, Person.left_at.is_(None)
        patients = session.scalars(select(Person).where(*here).order_by(Person.id)).all()
        answered = _who_answered(session, on)
    for start in range(0, len(patients), AT_ONCE):
        some = patients[start : start + AT_ONCE]
        measured = {patient.id for patient in some if _has_measured(store, patient, on)}
        with writing(engine) as session:
            _give(session, rules, [patient.id for patient in some], measured, answered, on, now)
    with writing(engine) as session:
        session.execute(insert_unless_known(session, PointsDay, "on_day").values(on_day=on, made_at=now))


def _who_answered(session: Session, on: date) -> set[int]:
    """Whoever answered a dose of their own day, as taken or as skipped: both are an answer."""
    begins, ends = bounds_of(on - A_DAY, on + A_DAY, ZoneInfo("UTC"))  # wherever on earth that day is
    query = (
        select(Dose.patient_id)
        .join(Person, Person.id == Dose.patient_id)  # patient by patient, by the index of their doses
        .where(Person.role == Role.PATIENT.value, Dose.due_at >= begins, Dose.due_at < ends, Dose.local_on == on)
    )
    return set(session.scalars(query.where(Dose.state.in_([state.value for state in ANSWERED])).distinct()))


def _has_measured(store: ReadingStore, patient: Person, on: date) -> bool:
    start, end = bounds_of(on, on, ZoneInfo(patient.zone))
    return any(store.coverage(patient.public_id, metric, start, end).n for metric in METRICS)


def _give(
    session: Session,
    rules: Rules,
    patients: Collection[int],
    measured: Collection[int],
    answered: Collection[int],
    on: date,
    now: datetime,
) -> None:
    for patient_id in patients:
        hold(session, patient_id)
        for event, whose in ((Event.MEASURED, measured), (Event.ANSWERED, answered)):
            if patient_id in whose:
                earn(session, rules, patient_id, event, day_key(on), now)
        expire(session, rules, patient_id, now)
