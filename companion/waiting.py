"""Whether a heartbeat would find anything to do: for a story that is told faster than it is lived."""

from datetime import datetime

from sqlalchemy import Engine, exists, or_, select

from companion.care.due_work import DueWork
from companion.db import reading
from companion.messages.models import Delivery, Message, MessageState


def is_anything_due(engine: Engine, now: datetime) -> bool:
    """What waits for nothing but another day is not counted: beat a few times a day all the same."""
    is_open = Message.state == MessageState.OPEN.value
    when = (
        exists().where(DueWork.next_check_at <= now),
        exists().where(is_open, Message.next_try_at <= now),
        exists().where(is_open, Message.expires_at <= now),
        exists().where(is_open, Message.fallback_at <= now),
        exists().where(Delivery.look_up_at <= now),
    )
    with reading(engine) as session:
        return bool(session.scalar(select(or_(*when))))
