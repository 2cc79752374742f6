"""Messages with attempts, put into a database as they lie there after many a day."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine

from companion.care.people import Person
from companion.db import writing
from companion.messages.models import Delivery, DeliveryState, Message, MessageState, Purpose

_number = count(1)


def put(
    engine: Engine,
    patient: Person,
    now: datetime,
    *attempts: DeliveryState,
    recipient: Person | None = None,
    channel: str = "twilio_sms",
    **changed: Any,
) -> Message:
    """A message of five minutes ago whose window is open for another hour; each attempt began when it was made."""
    made = now - timedelta(minutes=5)
    values: dict[str, Any] = {
        "unique_key": f"put:{next(_number)}",
        "purpose": Purpose.REMINDER.value,
        "recipient_id": (recipient or patient).id,
        "patient_id": patient.id,
        "params": {},
        "state": MessageState.OPEN.value,
        "created_at": made,
        "next_try_at": made,
        "expires_at": now + timedelta(hours=1),
    }
    with writing(engine) as session:
        message = Message(**values | changed)
        session.add(message)
        session.flush()
        for attempt, state in enumerate(attempts, start=1):
            session.add(
                Delivery(
                    message_id=message.id,
                    attempt=attempt,
                    channel=channel,
                    state=state.value,
                    correlation_id=f"put-{next(_number)}",
                    started_at=message.created_at,
                    changed_at=message.created_at,
                )
            )
    return message
