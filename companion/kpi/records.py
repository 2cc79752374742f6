"""What the records tell of the clinic: doses, decisions, alerts, reminders by channel, devices. Grouped by the
database, on SQLite and PostgreSQL alike; none of it asks patient by patient.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from companion.advice.models import Plan, Review, Suggestion
from companion.care.people import Person, Role
from companion.care.tasks import Alert
from companion.devices.models import Intake
from companion.kpi.control import Target
from companion.kpi.figures import (
    ALERTS,
    ANSWERED,
    DECISION,
    DELIVERY,
    DELIVERY_ENDS,
    EVENT_DAYS,
    TAKEN,
    WEEK,
    Counted,
    ends_at,
)
from companion.kpi.spans import MEDIAN, P90, nearest_rank, seconds
from companion.reminders.adherence import COUNTED
from companion.reminders.doses.dose_state import ANSWERED as ANSWERS
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.effect.effect import Tally
from companion.reminders.effect.effect_figures import NOT_SENT, by_channel

A_DAY = timedelta(days=1)


class Patient(NamedTuple):
    """Somebody enrolled, by row, by the name that readings know, and on what clock."""

    id: int
    public_id: str
    zone: str


class Doses(NamedTuple):
    """Of one patient's doses in the week: those that count, answered and taken ones (`reminders.adherence`)."""

    counted: int
    answered: int
    taken: int


def enrolled(session: Session, until_on: date) -> list[Patient]:
    """The patients who were with the service when that day's figures stand."""
    end = ends_at(until_on)
    stays = or_(Person.left_at.is_(None), Person.left_at >= end)
    query = select(Person.id, Person.public_id, Person.zone).where(Person.role == Role.PATIENT.value, stays)
    return [Patient(*row) for row in session.execute(query.where(Person.created_at < end).order_by(Person.id))]


def doses(session: Session, until_on: date) -> dict[int, Doses]:
    """By patient, of those whose local day lies within the week."""
    first = until_on - timedelta(days=WEEK)
    near = Dose.due_at >= ends_at(first) - 2 * A_DAY, Dose.due_at < ends_at(until_on) + A_DAY
    query = (
        select(Dose.patient_id, *(_how_many(states) for states in (COUNTED, ANSWERS, {DoseState.TAKEN})))
        .join(Person, Person.id == Dose.patient_id)  # patient by patient, by the index of their doses
        .where(Person.role == Role.PATIENT.value, *near, Dose.local_on >= first, Dose.local_on < until_on)
        .group_by(Dose.patient_id)
    )
    return {patient: Doses(*counts) for patient, *counts in session.execute(query)}


def _how_many(states: Iterable[DoseState]) -> ColumnElement[int]:
    return func.sum(case((Dose.state.in_([state.value for state in states]), 1), else_=0))


def of_doses(found: dict[int, Doses]) -> Iterator[Counted]:
    """How many were answered, and taken, of those that count."""
    asked = [each for each in found.values() if each.counted]
    of = sum(each.counted for each in asked)
    yield Counted(ANSWERED, sum(each.answered for each in asked), of, len(asked))
    yield Counted(TAKEN, sum(each.taken for each in asked), of, len(asked))


def targets(session: Session, until_on: date) -> dict[int, Target]:
    """By patient the target of the newest plan for blood pressure that ran when that day's figures stand."""
    end = ends_at(until_on)
    runs = Plan.signed_at < end, or_(Plan.stopped_at.is_(None), Plan.stopped_at >= end), Plan.ends_on >= until_on
    query = select(Plan.patient_id, Plan.target_systolic, Plan.target_diastolic).order_by(Plan.signed_at, Plan.id)
    rows = session.execute(query.where(*runs, Plan.target_systolic.is_not(None)))
    return {patient: Target(float(high), float(low)) for patient, high, low in rows if high and low}


def decisions(session: Session, until_on: date) -> Iterator[Counted]:
    """How long suggestions waited until a doctor decided on them."""
    query = select(Review.patient_id, Suggestion.created_at, Review.decided_at)
    query = query.join(Suggestion, Suggestion.id == Review.suggestion_id).where(*_lately(Review.decided_at, until_on))
    rows = session.execute(query).all()
    waited = [decided_at - created_at for _, created_at, decided_at in rows]
    yield from _spans(DECISION, waited, {patient for patient, *_ in rows})


def alerts(session: Session, until_on: date) -> Iterator[Counted]:
    """How many were made, how many of them somebody acknowledged, and after how long."""
    query = select(Alert.patient_id, Alert.created_at, Alert.acknowledged_at)
    rows = session.execute(query.where(*_lately(Alert.created_at, until_on))).all()
    end = ends_at(until_on)
    seen = [(patient, at - made_at) for patient, made_at, at in rows if at is not None and at < end]
    people = {patient for patient, *_ in rows}
    yield Counted(f"{ALERTS}.sent", len(rows), None, len(people))
    yield Counted(f"{ALERTS}.acknowledged", len(seen), len(rows), len(people))
    yield from _spans(ALERTS, [after for _, after in seen], {patient for patient, _ in seen})


def _lately(column: InstrumentedAttribute[datetime], until_on: date) -> tuple[ColumnElement[bool], ...]:
    end = ends_at(until_on)
    return column >= end - timedelta(days=EVENT_DAYS), column < end


def _spans(name: str, spans: list[timedelta], people: set[int]) -> Iterator[Counted]:
    for part, share in (("median", MEDIAN), ("p90", P90)):
        yield Counted(f"{name}.{part}", seconds(nearest_rank(spans, share)), len(spans), len(people))


def deliveries(session: Session, until_on: date) -> Iterator[Counted]:
    """Of doses that were reminded of, by the channel of the first reminder: what became of it."""
    end = ends_at(until_on)
    tallies = [tally for tally in by_channel(session, end - timedelta(days=WEEK), end) if tally.group != NOT_SENT]
    for channel in sorted({tally.group for tally in tallies}):
        yield from _of_channel(channel, [tally for tally in tallies if tally.group == channel])


def _of_channel(channel: str, tallies: list[Tally]) -> Iterator[Counted]:
    of, people = sum(tally.doses for tally in tallies), len({tally.patient for tally in tallies})
    for end in DELIVERY_ENDS:
        yield Counted(f"{DELIVERY}.{channel}.{end}", sum(getattr(tally, end) for tally in tallies), of, people)


def devices(session: Session, until_on: date, patients: Iterable[Patient]) -> Counter[str]:
    """How many patients' devices were last heard in the week, the month, earlier, or never."""
    end = ends_at(until_on)
    by_device = Intake.device_id.is_not(None), Intake.received_at < end
    query = select(Intake.patient_id, func.max(Intake.received_at)).where(*by_device)
    heard = {row[0]: row[1] for row in session.execute(query.group_by(Intake.patient_id))}
    return Counter(_how_long_ago(heard.get(patient.id), end) for patient in patients)


def _how_long_ago(at: datetime | None, end: datetime) -> str:
    if at is None:
        return "devices.never"
    if at >= end - timedelta(days=WEEK):
        return "devices.week"
    return "devices.month" if at >= end - timedelta(days=30) else "devices.longer"
