"""The outbox: an intent is written once, in the transaction that caused it; handing it over comes later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Insert, Select, Update, exists, literal, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.many_rows import insert_rows
from companion.messages.models import Delivery, DeliveryState, Message, MessageState, Purpose


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
    not_before: datetime | None = None
    """What can wait for the end of somebody's quiet hours; None: at once."""


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
    not_before: datetime | None = None,
    review: ReleasingReview | None = None,
    withdrawal_id: int | None = None,
) -> bool:
    """Writes the message unless its key was used before; tells whether it is new.

    The database refuses (IntegrityError) advice without a review that approved or amended it, and word of a withdrawal
    without that review and the withdrawal.
    """
    new = NewMessage(unique_key, purpose, recipient_id, patient_id, params, expires_at, not_before)
    released = (*((review.id, review.decision) if review else (None, None)), withdrawal_id)
    return _insert(session, [_row(new, now) + released], COLUMNS + RELEASED) == 1


def enqueue_many(session: Session, messages: Sequence[NewMessage], now: datetime) -> int:
    """`enqueue` for many, none of them advice, in one statement; tells how many were new."""
    return _insert(session, [_row(new, now) for new in messages], COLUMNS)


def enqueue_selected(messages: Select[Any], now: ColumnElement[Any], dialect: str) -> Insert:
    """The statement that enqueues all that a query gives, none of it advice, without their passing through here.

    A row is (unique_key, purpose, recipient_id, patient_id, params, expires_at).
    """
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    ready = messages.add_columns(literal(MessageState.OPEN.value), now.label("created"), now.label("next_try"))
    new = insert(Message).from_select([*SELECTED, "state", "created_at", "next_try_at"], ready)
    return new.on_conflict_do_nothing(index_elements=["unique_key"])


SELECTED = ("unique_key", "purpose", "recipient_id", "patient_id", "params", "expires_at")
COLUMNS = (
    "unique_key", "purpose", "recipient_id", "patient_id", "params", "state", "created_at", "next_try_at", "expires_at",
)  # fmt: skip
RELEASED = ("review_id", "review_decision", "withdrawal_id")


def _row(new: NewMessage, now: datetime) -> tuple[Any, ...]:
    """The message's values in the order of COLUMNS."""
    return (
        new.unique_key,
        new.purpose.value,
        new.recipient_id,
        new.patient_id,
        new.params,
        MessageState.OPEN.value,
        now,
        new.not_before or now,
        new.expires_at,
    )


def _insert(session: Session, rows: list[tuple[Any, ...]], columns: tuple[str, ...]) -> int:
    return insert_rows(session.connection(), Message.__table__, columns, rows, known_by="unique_key")


def cancel(session: Session, unique_keys: Sequence[str]) -> int:
    """What was answered meanwhile need not be told, and no other way of telling it is tried; tells how many were still
    open.

    A message that is being handed over right now is left alone: nobody can call it back.
    """
    chosen = Message.unique_key.in_(unique_keys)
    in_flight = exists().where(Delivery.message_id == Message.id, Delivery.state == DeliveryState.LEASED.value)
    _update(session, update(Message).where(chosen, Message.fallback_at.is_not(None)).values(fallback_at=None))
    open_ones = update(Message).where(chosen, Message.state == MessageState.OPEN.value, ~in_flight)
    return _update(session, open_ones.values(state=MessageState.CANCELLED.value, lease_until=None))


def _update(session: Session, statement: Update) -> int:
    return rows_changed(session.execute(statement.execution_options(synchronize_session=False)))
