"""Where a message that leaves by no way just now goes instead: it waits, or it ends."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from companion.many_rows import run_for_rows
from companion.messages.fates import Moot
from companion.messages.known import BY_HAND
from companion.messages.models import Message, MessageState
from companion.messages.routing import NothingMore, NoWay, Wait


class Move(NamedTuple):
    """New values of a message, in the order of the statement below."""

    state: str
    next_try_at: datetime
    fallback_at: datetime | None
    lease_until: datetime | None
    why: str | None
    message_id: int


def move_of(message: Message, fate: Wait | NothingMore | NoWay | Moot, why: str | None = None) -> Move:
    """An open message waits, or is closed. For one that a provider has, only what else would be tried changes."""
    if message.state != MessageState.OPEN.value:
        at = fate.at if isinstance(fate, Wait) else None
        return Move(message.state, message.next_try_at, at, None, message.why, message.id)
    match fate:
        case Wait(at):  # what a person opened again begins anew however long it waits first
            kept = BY_HAND if message.why == BY_HAND else why
            return Move(message.state, at, None, None, kept, message.id)
        case NothingMore():  # a report opens it again
            return Move(message.state, message.expires_at, None, None, why, message.id)
        case NoWay(reason):
            return Move(MessageState.FAILED.value, message.next_try_at, None, None, reason[:40], message.id)
        case Moot():
            return Move(MessageState.CANCELLED.value, message.next_try_at, None, None, why, message.id)


_MOVE = """
UPDATE message SET state = ?, next_try_at = ?, fallback_at = ?, lease_until = ?, why = ? WHERE id = ?
"""
_TYPES = [Message.__table__.c[name].type for name in (*Move._fields[:-1], "id")]


def write_moves(session: Session, moves: Iterable[Move]) -> None:
    """All of them in one statement. The caller holds the messages' rows."""
    run_for_rows(session.connection(), _MOVE, _TYPES, moves)
