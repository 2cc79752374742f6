"""Ending care: a patient moved, left or died; or a caregiver or a colleague goes. One transaction, in one person's
name; within thirty days it can be undone (`reopening`)."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.consent import CAREGIVER_SCOPES, CareLink, running_at
from companion.care.endings import CareEnding, Ending
from companion.care.invitations import InvitationPurpose, revoke
from companion.care.people import Person, Role
from companion.care.tasks import TaskKind, add_task
from companion.clock import to_ms
from companion.ending.going import ends_of_links, go
from companion.ending.stopping import stop
from companion.errors import BadInput
from companion.messages.models import Purpose
from companion.messages.outbox import enqueue

FAMILY_WITHIN = timedelta(days=7)
"""By when somebody speaks with the family of who died. A house rule."""
WORD_VALID_FOR = timedelta(days=2)
"""That no more messages come; later nobody needs to be told."""


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


def end(
    session: Session, person: Person, reason: Ending, happened_on: date, *, by: str, now: datetime, keep_years: int
) -> CareEnding:
    """Ends everything about the person at once; `by` is a public id or "command line". Nothing is deleted: what they
    measured, what was decided and who did what is kept for `keep_years`.

    Of a patient who moved or left the caregivers hear that no more messages come. After a death nobody is written to:
    somebody at the clinic speaks with the family. Raises BadInput.
    """
    session.refresh(person, with_for_update={"key_share": True})
    if person.left_at is not None:
        raise BadInput(_("has ended already"), where="person", advice=_("nothing is left to do"))
    _check_day(person, happened_on, now)
    stopped = _end_patient(session, person, reason, now) if person.role == Role.PATIENT else go(session, person, now)
    for purpose in InvitationPurpose:
        revoke(session, person.id, now, purpose)
    ending = CareEnding(
        person_id=person.id,
        reason=reason.value,
        happened_on=happened_on,
        ended_at=now,
        ended_by=by[:20],
        stopped=stopped,
        kept_until=kept_until(happened_on, keep_years),
    )
    session.add(ending)
    session.flush()
    _note(session, person, "ended_care", by, now, reason=reason.value)
    return ending


def _note(session: Session, person: Person, action: str, by: str, now: datetime, **told: str) -> None:
    patient = person.public_id if person.role == Role.PATIENT else None
    audit.note(session, actor=by, action=action, now=now, patient=patient, person=person.public_id, **told)


def _check_day(person: Person, day: date, now: datetime) -> None:
    tomorrow = (now + timedelta(days=1)).date()  # somewhere it is that day already
    if not (person.birth_on or date(1900, 1, 1)) <= day <= tomorrow:
        raise BadInput(_("is not a possible day"), where="happened_on", advice=_("write today, or a day before"))


def kept_until(day: date, years: int) -> date:
    """The same day so many years later; never earlier than that."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return date(day.year + years, 3, 1) if is_leap_day else day.replace(year=day.year + years)


# A patient


def _end_patient(session: Session, patient: Person, reason: Ending, now: datetime) -> dict[str, Any]:
    family = caregivers(session, patient.id, now)
    links = ends_of_links(session, CareLink.patient_id == patient.id, now)
    running = stop(session, patient, now)
    if reason is Ending.DIED:
        _have_family_called(session, patient, now)
    else:
        for caregiver_id in family:
            _say_no_more_comes(session, patient, caregiver_id, now)
    return {"counts": running.counts, "medicines": running.medicines, "links": links}


def caregivers(session: Session, patient_id: int, now: datetime) -> list[int]:
    """The rows of the caregivers to whom the patient is open."""
    theirs = CareLink.patient_id == patient_id, CareLink.scope.in_([scope.value for scope in CAREGIVER_SCOPES])
    query = select(CareLink.member_id).where(*theirs, *running_at(now)).distinct()
    return sorted(session.scalars(query))


def _say_no_more_comes(session: Session, patient: Person, caregiver_id: int, now: datetime) -> None:
    enqueue(
        session,
        unique_key=f"{Purpose.CARE_ENDED.value}:{patient.id}:{caregiver_id}:{to_ms(now)}",
        purpose=Purpose.CARE_ENDED,
        recipient_id=caregiver_id,
        patient_id=patient.id,
        params={},
        now=now,
        expires_at=now + WORD_VALID_FOR,
    )


def _have_family_called(session: Session, patient: Person, now: datetime) -> None:
    add_task(
        session,
        unique_key=f"{TaskKind.CALL_FAMILY.value}:{patient.id}:{to_ms(now)}",
        kind=TaskKind.CALL_FAMILY,
        patient_id=patient.id,
        now=now,
        due_at=now + FAMILY_WITHIN,
    )
