"""Writing messages once, taking them back, and what the database itself refuses."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from companion.care.people import Person
from companion.db import reading, writing
from companion.messages import outbox
from companion.messages.dispatch import dispatch
from companion.messages.models import Message, MessageState, Purpose
from tests.messages.conftest import Enqueue, MovableClock, by_text, compose, only_message
from tests.messages.fake_channel import FakeChannel


@dataclass(frozen=True)
class SomeReview:
    id: int
    decision: str


def test_the_same_key_is_told_once(engine: Engine, enqueue: Enqueue) -> None:
    first = enqueue("due:1", params={"dose": 1})
    second = enqueue("due:1", params={"dose": 2})

    assert (first, second) == (True, False)
    assert only_message(engine).params == {"dose": 1}


def test_many_are_written_at_once_and_only_the_new_ones_count(
    engine: Engine, enqueue: Enqueue, patient: Person, clock: MovableClock
) -> None:
    enqueue("due:7")
    rows = [
        outbox.NewMessage(f"due:{n}", Purpose.REMINDER, patient.id, patient.id, {"n": n}, clock() + timedelta(hours=1))
        for n in range(1000)
    ]

    with writing(engine) as session:
        new = outbox.enqueue_many(session, rows, clock())
        again = outbox.enqueue_many(session, rows, clock())

    assert (new, again) == (999, 0)
    with reading(engine) as session:
        assert len(session.scalars(select(Message)).all()) == 1000


def test_an_enqueued_message_goes_with_its_transaction(engine: Engine, patient: Person, clock: MovableClock) -> None:
    def enqueue_and_fail() -> None:
        with writing(engine) as session:
            outbox.enqueue(
                session,
                unique_key="due:1",
                purpose=Purpose.REMINDER,
                recipient_id=patient.id,
                patient_id=patient.id,
                params={},
                now=clock(),
                expires_at=clock(),
            )
            raise RuntimeError("the cause of the message did not happen")

    with pytest.raises(RuntimeError):
        enqueue_and_fail()

    with reading(engine) as session:
        assert session.scalars(select(Message)).all() == []


def test_the_database_refuses_advice_without_a_review(enqueue: Enqueue) -> None:
    with pytest.raises(IntegrityError, match="advice_needs_review"):
        enqueue("advice:1", purpose=Purpose.ADVICE)


def test_the_database_refuses_advice_on_a_rejection(enqueue: Enqueue) -> None:
    with pytest.raises(IntegrityError, match="review_released_it"):
        enqueue("advice:1", purpose=Purpose.ADVICE, review=SomeReview(1, "rejected"))


def test_the_database_refuses_advice_on_a_review_that_does_not_exist(enqueue: Enqueue) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        enqueue("advice:1", purpose=Purpose.ADVICE, review=SomeReview(4711, "approved"))


def test_what_was_answered_is_not_sent_any_more(engine: Engine, enqueue: Enqueue, clock: MovableClock) -> None:
    enqueue("due:1")
    channel = FakeChannel()

    with writing(engine) as session:
        cancelled = outbox.cancel(session, ["due:1", "due:unknown"])
    dispatch(engine, by_text(channel), compose, clock, 10)

    assert cancelled == 1
    assert channel.sent == []
    assert only_message(engine).state == MessageState.CANCELLED


def test_a_message_in_flight_is_not_cancelled(engine: Engine, enqueue: Enqueue, clock: MovableClock) -> None:
    enqueue("due:1")
    cancelled = []

    def answer_meanwhile(_: object) -> None:
        with writing(engine) as session:
            cancelled.append(outbox.cancel(session, ["due:1"]))

    dispatch(engine, by_text(FakeChannel(during_send=answer_meanwhile)), compose, clock, 10)

    assert cancelled == [0]
    assert only_message(engine).state == MessageState.HANDED_OVER
