"""The patient's list of medicines: each in plain words, its next times, and what was taken as needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision, active_regimens, in_force, must_check_first
from companion.reminders.doses import as_needed
from companion.reminders.doses.dose_state import OPEN
from companion.reminders.doses.models import Dose
from companion.reminders.schedules.pauses import pause_now_or_to_come
from companion.reminders.schedules.plain_words import describe
from companion.reminders.schedules.rule import Linked
from companion.reminders.schedules.rule_json import parse_rule
from companion.reminders.schedules.schedule_models import AsNeededIntake, RegimenPause

SHOWN = 3
INTAKES_OF = timedelta(days=2)


@dataclass(frozen=True)
class Needed:
    """What the page tells of a medicine that is taken as needed. `next_at`: when the next one is allowed."""

    next_at: datetime
    intakes: Sequence[AsNeededIntake]


@dataclass(frozen=True)
class Told:
    """One medicine in plain words. `held` None: it has not begun, or its change has to be read first."""

    regimen: Regimen
    held: RegimenRevision | None
    said: str
    has_changed: bool


@dataclass(frozen=True)
class Medicine(Told):
    """The same with all that its page tells."""

    doctor: str
    next_times: Sequence[datetime]
    resting: RegimenPause | None
    needed: Needed | None


def medicines_of(db: Session, patient: Person, language: str, at: datetime) -> list[Medicine]:
    """The running medicines, in the order they were prescribed."""
    today = at.astimezone(ZoneInfo(patient.zone)).date()
    return [_medicine(db, regimen, language, today, at) for regimen in active_regimens(db, patient.id)]


def told_of(db: Session, patient: Person, language: str, at: datetime) -> list[Told]:
    """The same medicines, without what only their page tells."""
    return [_told(db, regimen, in_force(regimen, at), language) for regimen in active_regimens(db, patient.id)]


def said_of(db: Session, regimen: Regimen, revision: RegimenRevision, language: str) -> str:
    """The revision as a line: "1 tablet every morning and evening, after food"."""
    rule = parse_rule(revision.rule)
    other = None
    if isinstance(rule, Linked):
        other = db.scalar(select(Regimen.drug).where(Regimen.public_id == rule.to))
    return describe(language, rule, revision.amount, regimen.unit, regimen.food, other=other)


def _told(db: Session, regimen: Regimen, held: RegimenRevision | None, language: str) -> Told:
    has_changed = must_check_first(regimen)
    said = said_of(db, regimen, held, language) if held else ""
    return Told(regimen, None if has_changed else held, said, has_changed)


def _medicine(db: Session, regimen: Regimen, language: str, today: date, at: datetime) -> Medicine:
    held = in_force(regimen, at)
    told = _told(db, regimen, held, language)
    return Medicine(
        regimen=regimen,
        held=told.held,
        said=told.said,
        has_changed=told.has_changed,
        doctor=db.get_one(Person, held.clinician_id).name if held else "",
        next_times=_next_times(db, regimen, at),
        resting=pause_now_or_to_come(db, regimen.id, today),
        needed=_needed(db, regimen, at),
    )


def _next_times(db: Session, regimen: Regimen, at: datetime) -> Sequence[datetime]:
    """From the doses planned: they follow pauses, journeys and what was taken."""
    coming = Dose.regimen_id == regimen.id, Dose.due_at >= at, Dose.state.in_([state.value for state in OPEN])
    return db.scalars(select(Dose.due_at).where(*coming).order_by(Dose.due_at).limit(SHOWN)).all()


def _needed(db: Session, regimen: Regimen, at: datetime) -> Needed | None:
    found = as_needed.limits_in_force(regimen, at)
    if found is None:
        return None
    next_at = as_needed.next_allowed_at(db, regimen, found[1], at)
    return Needed(next_at, as_needed.intakes_since(db, regimen.id, at - INTAKES_OF))
