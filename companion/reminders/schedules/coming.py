"""The times to come of all of a patient's medicines: from dose rows as far as they are planned, then by the rules."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.regimens import Regimen, active_regimens
from companion.reminders.doses.dose_state import OPEN
from companion.reminders.doses.models import Dose
from companion.reminders.schedules.course import rests, terms_between
from companion.reminders.schedules.pauses import pauses_of
from companion.reminders.schedules.spacing import keep_apart, min_gap


class ComingTime(NamedTuple):
    """One instant (aware, UTC) at which something is due, and the names of what it is, sorted."""

    due_at: datetime
    drugs: tuple[str, ...]


def coming_times(session: Session, patient: Person, now: datetime, until: datetime) -> list[ComingTime]:
    """now <= instant < until, in order. What was answered, cancelled or rests is not among them."""
    at: dict[datetime, set[str]] = defaultdict(set)
    for regimen in active_regimens(session, patient.id):
        for due_at in (*_planned(session, regimen, now, until), *_by_rule(session, regimen, patient.zone, now, until)):
            at[due_at].add(regimen.drug)
    return [ComingTime(due_at, tuple(sorted(at[due_at]))) for due_at in sorted(at)]


def _planned(session: Session, regimen: Regimen, now: datetime, until: datetime) -> Iterator[datetime]:
    states = [state.value for state in OPEN]
    query = select(Dose.due_at).where(Dose.regimen_id == regimen.id, Dose.state.in_(states))
    yield from session.scalars(query.where(Dose.due_at >= now, Dose.due_at < until))


def _by_rule(session: Session, regimen: Regimen, zone: str, now: datetime, until: datetime) -> Iterator[datetime]:
    """Past what is planned. Doses that the clocks bring too near to one another are left out: they are asked about."""
    pauses = pauses_of(session, regimen.id)
    for term in terms_between(regimen, zone, max(now, regimen.planned_until or now), until):
        for dose in keep_apart(term.doses(), [], min_gap(term.schedule.rule)).kept:
            if not rests(pauses, dose.local.date(), dose.due_at):
                yield dose.due_at
