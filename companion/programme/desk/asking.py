"""A question comes to the desk, after nothing urgent was found in it; and its end, with what the patient says of it."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.db import rows_changed
from companion.errors import BadInput
from companion.programme.desk.desk_models import ENDED, Channel, Conversation, ConversationLine, State, Subject
from companion.programme.desk.lines import add_line

A_YEAR = timedelta(days=365.25)


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return message


def ask(
    session: Session,
    patient: Person,
    subject: str,
    words: str,
    *,
    now: datetime,
    channel: Channel = Channel.PAGE,
    noted_by: Person | None = None,
    family: Person | None = None,
) -> Conversation:
    """A new conversation that waits. One at a time: while another one is open, BadInput. The patient is held.
    `family`: who of them asks, where it is not the patient."""
    session.get_one(Person, patient.id, with_for_update={"key_share": True})
    if subject not in set(Subject):
        raise BadInput(f"{subject!r} is not known", where="subject")
    if running_of(session, patient.id) is not None:
        raise BadInput(_("another question waits already"), where="words", advice=_("write it there"))
    conversation = Conversation(
        public_id=f"cv_{secrets.token_hex(6)}",
        patient_id=patient.id,
        subject=subject,
        channel=channel.value,
        state=State.WAITING.value,
        asked_at=now,
        noted_by=noted_by.id if noted_by else None,
    )
    session.add(conversation)
    session.flush()
    said_by = "family" if family else "patient"
    add_line(session, conversation, words, said_by=said_by, person=family or patient, now=now)
    return conversation


def running_of(session: Session, patient_id: int) -> Conversation | None:
    """The patient's conversation that has not ended."""
    ended = [state.value for state in ENDED]
    query = select(Conversation).where(Conversation.patient_id == patient_id, Conversation.state.not_in(ended))
    return session.scalar(query.order_by(Conversation.id.desc()).limit(1))


def find_conversation(session: Session, public_id: str) -> Conversation | None:
    return session.scalar(select(Conversation).where(Conversation.public_id == public_id))


def conversations_of(session: Session, patient_id: int, limit: int) -> list[Conversation]:
    """All of them, the newest first."""
    query = select(Conversation).where(Conversation.patient_id == patient_id)
    return list(session.scalars(query.order_by(Conversation.id.desc()).limit(limit)))


def end(session: Session, conversation: Conversation, state: State, *, keep_years: int, now: datetime) -> bool:
    """Closed, or handed over; from now on its time of keeping runs. False when it had ended before."""
    keep_until = now + keep_years * A_YEAR
    ended = [each.value for each in ENDED]
    changed = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id, Conversation.state.not_in(ended))
        .values(state=state.value, ended_at=now, lease_until=None, keep_until=keep_until)
    )
    if not rows_changed(changed):
        return False
    lines = update(ConversationLine).where(ConversationLine.conversation_id == conversation.id)
    session.execute(lines.values(keep_until=keep_until))
    session.refresh(conversation)
    return True


def rate(session: Session, conversation: Conversation, rating: int) -> bool:
    """From 1 to 5, once, after its end. Raises BadInput for another number."""
    if not 1 <= rating <= 5:
        raise BadInput("is not between 1 and 5", where="rating")
    open_to_it = Conversation.id == conversation.id, Conversation.ended_at.is_not(None), Conversation.rating.is_(None)
    return rows_changed(session.execute(update(Conversation).where(*open_to_it).values(rating=rating))) > 0
