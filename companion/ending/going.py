"""A caregiver or a colleague goes: what they saw and heard ends, and nobody is left without them unnoticed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from companion.care.consent import CareLink, Scope, running_for
from companion.care.people import Person, Role
from companion.care.tasks import Alert
from companion.ending.stopping import withdraw
from companion.errors import BadInput
from companion.messages.models import Message, MessageState


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


def go(session: Session, person: Person, now: datetime) -> dict[str, Any]:
    """A caregiver or a colleague goes. No patient is left without a doctor, nor the clinic without administrator."""
    _check_may_go(session, person, now)
    person.left_at = now
    links = ends_of_links(session, CareLink.member_id == person.id, now)
    theirs = CareLink.id.in_([int(link_id) for link_id in links])
    unsent = Message.recipient_id == person.id, Message.state == MessageState.OPEN.value
    messages = list(session.scalars(select(Message.id).where(*unsent)))
    withdraw(session, messages)
    for ends in (
        update(CareLink).where(theirs).values(ends_at=now),
        update(Alert)
        .where(Alert.recipient_id == person.id, Alert.state == "open")
        .values(state="closed", closed_at=now),
    ):
        session.execute(ends.execution_options(synchronize_session=False))
    return {"counts": {"links": len(links), "messages": len(messages)}, "links": links}


def _check_may_go(session: Session, person: Person, now: datetime) -> None:
    if person.role == Role.ADMIN and not _other_admins(session, person):
        raise BadInput(_("is the only administrator"), where="person", advice=_("enrol another one first"))
    if person.role == Role.CLINICIAN and patients_of_nobody_else(session, person.id, now):
        raise BadInput(
            _("is the only doctor of some patients"), where="person", advice=_("open these to a colleague first")
        )


def _other_admins(session: Session, person: Person) -> int:
    others = Person.role == Role.ADMIN.value, Person.left_at.is_(None), Person.id != person.id
    return session.scalar(select(func.count()).select_from(Person).where(*others)) or 0


def patients_of_nobody_else(session: Session, doctor_id: int, now: datetime) -> int:
    """How many patients would be without a doctor."""
    other, colleague, patient = aliased(CareLink), aliased(Person), aliased(Person)
    others = (
        select(other.id)
        .join(colleague, colleague.id == other.member_id)
        .where(other.patient_id == CareLink.patient_id, other.member_id != doctor_id, other.scope == Scope.CARE.value)
        .where(other.starts_at <= now, or_(other.ends_at.is_(None), other.ends_at > now), colleague.left_at.is_(None))
    )
    alone = (
        select(func.count(CareLink.patient_id.distinct()))
        .join(patient, patient.id == CareLink.patient_id)
        .where(CareLink.member_id == doctor_id, *running_for(Scope.CARE, now), patient.left_at.is_(None))
        .where(~others.exists())
    )
    return session.scalar(alone) or 0


def ends_of_links(session: Session, whose: ColumnElement[bool], now: datetime) -> dict[str, str | None]:
    """By link when it would have ended, for `reopening`."""
    later = or_(CareLink.ends_at.is_(None), CareLink.ends_at > now)
    rows = session.execute(select(CareLink.id, CareLink.ends_at).where(whose, later))
    return {str(row.id): row.ends_at.isoformat() if row.ends_at else None for row in rows}
