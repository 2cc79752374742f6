"""Doctors learn that something waits for them: of each suggestion when `advice` says so (`telling`), and once a day.

What one beat finds for one person is one message; it is worded as it leaves, and says nothing of what was decided on
meanwhile. No message names a patient: only how many wait, and where to sign in.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.advice.deciding.filing import SuggestionState
from companion.advice.deciding.telling import Hearer, Telling, Waiting, due_now, times_for
from companion.advice.deciding.told import is_open, note_told, told_of, waiting_for
from companion.advice.models import Suggestion
from companion.care import due_work
from companion.care.consent import Scope, members
from companion.care.covers import away_now, closed_to, cover_of
from companion.care.doctor_hearing import DoctorHearing, hearing_of
from companion.care.due_work import WorkKind
from companion.care.people import Person, Role
from companion.care.quiet_hours import quiet_hours
from companion.care.standing_in import at_work
from companion.care.wall_hours import last_hour, next_hour
from companion.clock import from_ms, to_ms
from companion.db import writing
from companion.messages.models import Purpose
from companion.messages.outbox import enqueue

BATCH = 500
LOOK_AGAIN_AFTER = timedelta(minutes=15)
"""How often it is asked anew who is to hear: doctors go away and come back, and patients change theirs."""
VALID_FOR = timedelta(hours=12)
"""A message that did not leave by then is no longer sent."""

PURPOSE = {
    Telling.WAITS: Purpose.SUGGESTION_WAITS,
    Telling.ENDS: Purpose.SUGGESTION_ENDS,
    Telling.ENDED: Purpose.SUGGESTION_ENDED,
}


def tell_doctors(engine: Engine, now: datetime) -> None:
    """One beat. What fails for one suggestion, or one doctor, holds up no other: it stays due."""

    def of_suggestion(suggestion_id: int) -> None:
        with writing(engine) as session:
            _look_at_suggestion(session, suggestion_id, now)

    def of_day(doctor_id: int) -> None:
        with writing(engine) as session:
            _send_digest(session, session.get_one(Person, doctor_id), now)

    due_work.one_by_one(engine, WorkKind.TELL_DOCTOR, now, BATCH, of_suggestion)
    due_work.one_by_one(engine, WorkKind.WORK_DIGEST, now, BATCH, of_day)


def _look_at_suggestion(session: Session, suggestion_id: int, now: datetime) -> None:
    suggestion = session.get(Suggestion, suggestion_id)
    if suggestion is not None and is_open(suggestion, now):
        _tell_its_doctors(session, suggestion, now)
        return
    if suggestion is not None and suggestion.state in (SuggestionState.PENDING, SuggestionState.EXPIRED):
        _tell_administrators(session, suggestion, now)
    due_work.finish(session, WorkKind.TELL_DOCTOR, suggestion_id)


def _tell_its_doctors(session: Session, suggestion: Suggestion, now: datetime) -> None:
    waiting = Waiting(suggestion.created_at, suggestion.expires_at, suggestion.is_urgent)
    told, next_looks = told_of(session, suggestion.id), [suggestion.expires_at, now + LOOK_AGAIN_AFTER]
    for doctor, hearing in _hearers(session, suggestion.patient_id, now):
        times = times_for(waiting, _hearer(doctor, hearing))
        _tell(session, suggestion, doctor, due_now(times, told[doctor.id], now), now)
        next_looks += [at for at in times.values() if at > now]
        expect_digest(session, doctor, hearing, now)
    due_work.put_off(session, WorkKind.TELL_DOCTOR, suggestion.id, min(next_looks))


def _hearers(session: Session, patient_id: int, now: datetime) -> list[tuple[Person, DoctorHearing]]:
    """Everybody who is to hear of the patient's suggestions now, and how each wants to."""
    doctors = [person.id for person in members(session, patient_id, Scope.CARE, now)]
    hearers = at_work(doctors, away_now(session, now), closed_to(session, patient_id, now))
    chosen = hearing_of(session, hearers)
    people = session.scalars(select(Person).where(Person.id.in_(hearers), Person.left_at.is_(None)).order_by(Person.id))
    return [(person, chosen[person.id]) for person in people]


def _hearer(doctor: Person, hearing: DoctorHearing) -> Hearer:
    quiet = quiet_hours(doctor.quiet_from, doctor.quiet_until)
    return Hearer(ZoneInfo(doctor.zone), quiet, hearing.every_at_once)


def _tell(
    session: Session, suggestion: Suggestion, person: Person, tellings: Collection[Telling], now: datetime
) -> None:
    """Of several things that are due at once only the last is said."""
    at = from_ms(to_ms(now))
    if tellings and note_told(session, suggestion.id, person.id, list(tellings), at):
        _enqueue(session, PURPOSE[list(tellings)[-1]], person, at)


def _tell_administrators(session: Session, suggestion: Suggestion, now: datetime) -> None:
    """Nobody decided in time: whoever sees to it that doctors are reached has to know."""
    admins = select(Person).where(Person.role == Role.ADMIN.value, Person.left_at.is_(None))
    for admin in session.scalars(admins.order_by(Person.id)).all():
        _tell(session, suggestion, admin, [Telling.ENDED], now)


def _enqueue(session: Session, purpose: Purpose, person: Person, at: datetime) -> None:
    """The message is about the person's own work: it stands under their own name, not under a patient's."""
    enqueue(
        session,
        unique_key=f"{purpose.value}:{person.id}:{to_ms(at)}",
        purpose=purpose,
        recipient_id=person.id,
        patient_id=person.id,
        params={"at_ms": to_ms(at)},
        now=at,
        expires_at=at + VALID_FOR,
    )


# Once a day


def expect_digest(session: Session, doctor: Person, hearing: DoctorHearing, now: datetime) -> None:
    """Has the doctor's day looked at when their hour comes, unless it is already."""
    if due_work.generation_of(session, WorkKind.WORK_DIGEST, doctor.id) is None:
        schedule_digest(session, doctor, hearing, now)


def schedule_digest(session: Session, doctor: Person, hearing: DoctorHearing, now: datetime) -> None:
    """At the next of the doctor's hours."""
    at = next_hour(hearing.digest_hour, ZoneInfo(doctor.zone), now)
    due_work.put_off(session, WorkKind.WORK_DIGEST, doctor.id, at)


def reschedule_digest(session: Session, doctor: Person, now: datetime) -> None:
    """The doctor chose another hour: a day that is to be looked at is looked at then."""
    if due_work.generation_of(session, WorkKind.WORK_DIGEST, doctor.id) is not None:
        schedule_digest(session, doctor, hearing_of(session, [doctor.id])[doctor.id], now)


def _send_digest(session: Session, doctor: Person, now: datetime) -> None:
    """Goes on day by day while anything waits. Whoever is away, and has a cover, is left in peace."""
    if doctor.left_at is not None or not waiting_for(session, doctor.id, now):
        due_work.finish(session, WorkKind.WORK_DIGEST, doctor.id)
        return
    hearing = hearing_of(session, [doctor.id])[doctor.id]
    at = last_hour(hearing.digest_hour, ZoneInfo(doctor.zone), now)
    if now - at < VALID_FOR and cover_of(session, doctor.id, now) is None:
        _enqueue(session, Purpose.WAITING_DIGEST, doctor, at)
    schedule_digest(session, doctor, hearing, now)
