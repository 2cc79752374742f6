"""The outbox: an intent is written once, in the transaction that caused it; handing it over comes later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Dialect, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.messages.models import Message, MessageState, Purpose


class ReleasingReview(Protocol):
    """The doctor's decision that lets advice leave: its id and what was decided."""

    @property
    def id(self) -> int: ...
    @property
    def decision(self) -> str: ...


@dataclass(frozen=True, slots=True)
class NewMessage:
    """One thing to tell one person, for `enqueue_many`. Keys, times and meaning as in `Message`."""

    unique_key: str
    purpose: Purpose
    recipient_id: int
    patient_id: int
    params: dict[str, Any]
    expires_at: datetime


def enqueue(
    session: Session,
    *,
    unique_key: str,
    purpose: Purpose,
    recipient_id: int,
    patient_id: int,
    params: dict[str, Any],
    now: datetime,
    expires_at: datetime,
    review: ReleasingReview | None = None,
) -> bool:
    """Writes the message unless its key was used before; tells whether it is new.

    The database refuses (IntegrityError) advice without a review that approved or amended it.
    """
    new = NewMessage(unique_key, purpose, recipient_id, patient_id, params, expires_at)
    released = {"review_id": review.id, "review_decision": review.decision} if review else {}
    return _insert(session, [_row(new, now) | released]) == 1


def enqueue_many(session: Session, messages: Sequence[NewMessage], now: datetime) -> int:
    """`enqueue` for many, none of them advice, in one statement; tells how many were new."""
    return _insert(session, [_row(new, now) for new in messages]) if messages else 0


def _row(new: NewMessage, now: datetime) -> dict[str, Any]:
    return {
        "unique_key": new.unique_key,
        "purpose": new.purpose.value,
        "recipient_id": new.recipient_id,
        "patient_id": new.patient_id,
        "params": new.params,
        "state": MessageState.OPEN.value,
        "created_at": now,
        "next_try_at": now,
        "expires_at": new.expires_at,
    }


def _insert(session: Session, rows: list[dict[str, Any]]) -> int:
    connection = session.connection()
    return rows_changed(connection.execute(_insert_unless_known(connection.dialect), rows))


def _insert_unless_known(dialect: Dialect) -> Any:
    """Both databases know the clause; only a used key is passed over, every other constraint still speaks."""
    insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    return insert(Message).on_conflict_do_nothing(index_elements=["unique_key"])


def cancel(session: Session, unique_keys: Sequence[str]) -> int:
    """What was answered meanwhile need not be told. Messages being handed over right now are left alone."""
    return rows_changed(
        session.execute(
            update(Message)
            .where(
                Message.unique_key.in_(unique_keys),
                Message.state == MessageState.OPEN.value,
                Message.lease_until.is_(None),
            )
            .values(state=MessageState.CANCELLED.value)
            .execution_options(synchronize_session=False)
        )
    )
