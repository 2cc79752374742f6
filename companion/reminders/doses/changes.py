"""Changes that wait for the patient's answer, with the day from which they count: that of the next dose."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.change_answers import answer, answers_to, change_of, wrong_answers
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision, active_regimens, awaiting_confirmation
from companion.care.teach_back import Change, Heard, Said, Then
from companion.crash_points import Point, reached
from companion.reminders.doses.change_replies import meant_among, written_in
from companion.reminders.doses.dose_state import OPEN
from companion.reminders.doses.models import Dose

DAY_WITHIN = timedelta(hours=1)
"""How long a day alone completes an amount said before. A house rule."""


@dataclass(frozen=True)
class Waiting:
    """A change that the patient has to say back, and how often that went wrong."""

    regimen: Regimen
    revision: RegimenRevision
    change: Change
    wrong_before: int


def waiting_changes(session: Session, patient: Person, now: datetime) -> list[Waiting]:
    """All of them, in the order in which the medicines were prescribed."""
    return waiting_among(session, patient, active_regimens(session, patient.id), now)


def waiting_among(session: Session, patient: Person, regimens: Iterable[Regimen], now: datetime) -> list[Waiting]:
    """Those of the patient's running medicines, which are at hand."""
    found = (find_waiting(session, patient, regimen, now) for regimen in regimens)
    return [waiting for waiting in found if waiting is not None]


def find_waiting(session: Session, patient: Person, regimen: Regimen, now: datetime) -> Waiting | None:
    """The change of that medicine that waits, if one does."""
    revision = awaiting_confirmation(regimen)
    if revision is None:
        return None
    change = change_of(regimen, revision, starts_on(session, patient, regimen, now))
    return Waiting(regimen, revision, change, wrong_answers(session, revision.id))


def say_back(
    session: Session, patient_id: int, regimen_id: int, said: Said, *, by: Person, via: str, now: datetime
) -> Then | None:
    """What the patient said of the change that waits, kept with all that follows; None where none waits any more.

    One of two answers at one instant comes second, and finds what the first one left. `by`: who writes it down.
    """
    patient = session.get_one(Person, patient_id, with_for_update={"key_share": True})
    regimen = session.get_one(Regimen, regimen_id, with_for_update=True, populate_existing=True)
    waiting = find_waiting(session, patient, regimen, now)
    if waiting is None:
        return None
    what_follows = answer(session, regimen, waiting.change, said, by=by, via=via, now=now)
    audit.note(
        session,
        actor=by.public_id,
        action="confirmed_change" if what_follows is Then.CONFIRMED else "said_change_back",
        now=now,
        patient=patient.public_id,
        regimen=regimen.public_id,
        revision=waiting.revision.number,
        via=via,
        then=what_follows.value,
    )
    reached(Point.TEACH_BACK_BEFORE_COMMIT)
    return what_follows


def meant_by(session: Session, patient: Person, text: str, now: datetime) -> tuple[Waiting, Said] | None:
    """The waiting change that a text says back, and what it says of it; None for any other text."""
    written = written_in(text, now.astimezone(ZoneInfo(patient.zone)).date())
    waiting = waiting_changes(session, patient, now) if written else []
    if written is None or not waiting:
        return None
    found = meant_among(written, [(each.change, _half(session, each, now)) for each in waiting])
    return None if found is None else (waiting[found[0]], found[1])


def _half(session: Session, waiting: Waiting, now: datetime) -> Said | None:
    """The last answer, if it named the right amount only, and lately."""
    said = answers_to(session, waiting.revision.id)
    last = said[-1] if said else None
    is_half = last is not None and last.heard == Heard.HALF and now - last.at <= DAY_WITHIN
    return Said(last.amount, None) if last and is_half else None


def starts_on(session: Session, patient: Person, regimen: Regimen, now: datetime) -> date:
    """The local day of the next dose that can be answered; today where none is planned."""
    coming = Dose.regimen_id == regimen.id, Dose.state.in_([state.value for state in OPEN]), Dose.window_ends_at > now
    next_on = session.scalar(select(Dose.local_on).where(*coming).order_by(Dose.due_at).limit(1))
    return next_on or now.astimezone(ZoneInfo(patient.zone)).date()
