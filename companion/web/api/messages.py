"""What was sent to a person and about them, by API: why, by what way, and what became of it. Never what it said."""

from typing import Any

from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.messages.history import Sent
from companion.messages.models import Delivery, DeliveryState, MessageState, Purpose
from companion.web.access import Action, guarded
from companion.web.api.routes import endpoint
from companion.web.api.schemas import Page, Strict
from companion.web.api.shown import instant
from companion.web.context import look, subject
from companion.web.for_patients.sent_to_me import page_of_sent


class PersonOut(Strict):
    id = fields.Str(required=True)
    name = fields.Str(required=True)


class AttemptOut(Strict):
    at = fields.Str(required=True, metadata={"format": "date-time"})
    channel = fields.Str(required=True)
    state = fields.Enum(DeliveryState, by_value=True, required=True)
    changed_at = fields.Str(required=True, metadata={"format": "date-time"})
    code = fields.Str(allow_none=True, required=True, metadata={"description": "the provider's word on a failure"})


class MessageOut(Strict):
    purpose = fields.Enum(Purpose, by_value=True, required=True)
    created_at = fields.Str(required=True, metadata={"format": "date-time"})
    expires_at = fields.Str(required=True, metadata={"format": "date-time", "description": "nothing leaves after it"})
    to = fields.Nested(PersonOut, required=True)
    about = fields.Nested(PersonOut, required=True)
    state = fields.Enum(MessageState, by_value=True, required=True)
    attempts = fields.List(fields.Nested(AttemptOut), required=True)


class MessagePage(Strict):
    messages = fields.List(fields.Nested(MessageOut), required=True)
    next = fields.Str(allow_none=True, required=True)


def _person(session: Session, person_id: str) -> Person | None:
    return session.scalar(select(Person).where(Person.public_id == person_id, Person.left_at.is_(None)))


@endpoint("GET", "/people/<person_id>/messages", query=Page, gives=MessagePage, may_fail=(422,))
@guarded(Action.SEE_SENT, patient_of=_person)
def messages(query: dict[str, Any], person_id: str) -> dict[str, Any]:
    """Those to the person and about them, the newest first; for the person themselves and for their doctors."""
    with look() as db:
        found, cursor = page_of_sent(db, subject().id, query["cursor"], query["limit"])
        return {"messages": [_shown(sent) for sent in found], "next": cursor}


def _shown(sent: Sent) -> dict[str, Any]:
    message, zone = sent.message, subject().zone
    return {
        "purpose": Purpose(message.purpose),
        "created_at": instant(message.created_at, zone),
        "expires_at": instant(message.expires_at, zone),
        "to": {"id": sent.recipient.public_id, "name": sent.recipient.name},
        "about": {"id": sent.patient.public_id, "name": sent.patient.name},
        "state": MessageState(message.state),
        "attempts": [_attempt(attempt, zone) for attempt in sent.attempts],
    }


def _attempt(attempt: Delivery, zone: str) -> dict[str, Any]:
    return {
        "at": instant(attempt.started_at, zone),
        "channel": attempt.channel,
        "state": DeliveryState(attempt.state),
        "changed_at": instant(attempt.changed_at, zone),
        "code": attempt.error_code,
    }
