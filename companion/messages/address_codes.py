"""A code on its way to the address it proves, and to no other."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.care.contact_codes import BY_CODE, VALID_FOR
from companion.care.contact_models import ContactPoint, ContactState, Kind
from companion.errors import BadInput
from companion.messages.models import Message, Purpose
from companion.messages.outbox import enqueue

AT_MOST = 5
"""Codes a person may ask for in 24 hours: nobody shall make us fill somebody else's phone. A house rule."""


def ask_for_code(session: Session, point: ContactPoint, now: datetime) -> None:
    """Puts a code for the address into the outbox, one a minute at most; it is made when it leaves. Raises BadInput
    when it may not."""
    if Kind(point.kind) not in BY_CODE:
        raise BadInput("takes no code", where="address", advice="connect that device or account again")
    if point.state == ContactState.OPTED_OUT:
        raise BadInput("answered STOP", where="address", advice="answer START from there first")
    if _asked_for(session, point.person_id, now) >= AT_MOST:
        raise BadInput("was sent enough codes for today", where="address", advice="try again tomorrow")
    enqueue(
        session,
        unique_key=f"code:{point.public_id}:{now:%Y-%m-%dT%H:%M}",
        purpose=Purpose.CODE,
        recipient_id=point.person_id,
        patient_id=point.person_id,
        params={"only_point": point.id},
        now=now,
        expires_at=now + VALID_FOR,
    )


def _asked_for(session: Session, person_id: int, now: datetime) -> int:
    query = select(func.count()).where(
        Message.recipient_id == person_id,
        Message.purpose == Purpose.CODE.value,
        Message.created_at > now - timedelta(days=1),
    )
    return session.scalar(query) or 0
