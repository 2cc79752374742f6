"""A person has a message tried again, or has seen to it; the outbox's own rules stay what they are."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from companion.care.people import Person
from companion.care.tasks import Task
from companion.db import reading, writing
from companion.messages.attempts import ask_clinic_to_call
from companion.messages.by_hand import Tried, note_seen_to, try_again
from companion.messages.channel import Ambiguous, Caps, Found, Refusal, Rejected
from companion.messages.dispatch import dispatch
from companion.messages.known import BY_HAND
from companion.messages.models import ChannelPace, Delivery, DeliveryState, Message, MessageState
from tests.messages.conftest import Enqueue, MovableClock, by_text, compose, only_message
from tests.messages.fake_channel import FakeChannel
from tests.messages.mail_room import put

FAILED = MessageState.FAILED.value


@pytest.fixture
def now(clock: MovableClock) -> datetime:
    return clock()


def as_it_is(engine: Engine, message: Message) -> Message:
    with reading(engine) as session:
        return session.get_one(Message, message.id)


def tried(engine: Engine, message: Message, now: datetime) -> Tried:
    with writing(engine) as session:
        return try_again(session, message.id, now)


def seen_to(engine: Engine, message: Message, now: datetime) -> bool:
    with writing(engine) as session:
        return note_seen_to(session, message.id, message.patient_id, now)


def test_a_message_that_failed_is_opened_again_and_leaves_at_once(
    engine: Engine, patient: Person, now: datetime
) -> None:
    message = put(engine, patient, now, DeliveryState.REJECTED, state=FAILED, next_try_at=now + timedelta(minutes=5))

    said = tried(engine, message, now)

    opened = as_it_is(engine, message)
    assert said is Tried.OPENED
    assert (opened.state, opened.next_try_at, opened.why) == (MessageState.OPEN, now, BY_HAND)


@pytest.mark.parametrize("state", [DeliveryState.AMBIGUOUS, DeliveryState.LEASED])
def test_what_a_provider_may_have_is_looked_up_and_not_sent(
    engine: Engine, patient: Person, now: datetime, state: DeliveryState
) -> None:
    message = put(engine, patient, now, state, lease_until=now)

    said = tried(engine, message, now)

    with reading(engine) as session:
        delivery = session.scalars(select(Delivery)).one()
    assert said is Tried.LOOKED_UP
    assert (delivery.state, delivery.look_up_at) == (state, now)
    assert as_it_is(engine, message).next_try_at == message.next_try_at


@pytest.mark.parametrize("state", [MessageState.OPEN, MessageState.FAILED, MessageState.EXPIRED])
def test_nothing_is_tried_after_its_window(engine: Engine, patient: Person, now: datetime, state: MessageState) -> None:
    message = put(engine, patient, now, state=state.value, expires_at=now)

    said = tried(engine, message, now)

    assert said is Tried.TOO_LATE
    assert as_it_is(engine, message).state == state


@pytest.mark.parametrize(
    "state",
    [MessageState.HANDED_OVER, MessageState.DELIVERED, MessageState.CANCELLED, MessageState.SEEN_TO],
)
def test_what_is_settled_is_neither_tried_nor_seen_to(
    engine: Engine, patient: Person, now: datetime, state: MessageState
) -> None:
    message = put(engine, patient, now, state=state.value)

    said = tried(engine, message, now), seen_to(engine, message, now)

    assert said == (Tried.NOT_NEEDED, False)
    assert as_it_is(engine, message).state == state


def test_a_message_in_somebodys_hands_is_left_alone(engine: Engine, patient: Person, now: datetime) -> None:
    message = put(engine, patient, now, DeliveryState.LEASED, lease_until=now + timedelta(seconds=1))

    said = tried(engine, message, now), seen_to(engine, message, now)

    assert said == (Tried.NOT_NEEDED, False)
    assert as_it_is(engine, message).state == MessageState.OPEN


@pytest.mark.parametrize("state", [MessageState.OPEN, MessageState.FAILED, MessageState.EXPIRED])
def test_seen_to_ends_the_message_and_its_task_and_no_other(
    engine: Engine, patient: Person, now: datetime, state: MessageState
) -> None:
    message, other = (put(engine, patient, now, state=state.value, purpose="urgent_reading") for _ in range(2))
    with writing(engine) as session:
        for each in (message, other):
            ask_clinic_to_call(session, session.get_one(Message, each.id), "30003", now)

    first, again = seen_to(engine, message, now), seen_to(engine, message, now)

    with reading(engine) as session:
        done = {task.details["message_id"]: task.done_by for task in session.scalars(select(Task))}
    assert (first, again) == (True, False)
    assert as_it_is(engine, message).state == MessageState.SEEN_TO
    assert done == {message.id: patient.id, other.id: None}


def hand_over(engine: Engine, channel: FakeChannel, clock: MovableClock) -> str:
    """One round, in which the clock shows how long it waits; gives the state of the one message after it."""
    dispatch(engine, by_text(channel), compose, clock, 10, sleep=lambda seconds: clock.advance(seconds=seconds))
    return only_message(engine).state


def test_a_number_that_refused_is_asked_again_at_a_persons_word(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    channel = FakeChannel(Rejected("30004", Refusal.OTHER_WAY))
    enqueue()
    before = hand_over(engine, channel, clock)

    tried(engine, only_message(engine), clock())
    after = hand_over(engine, channel, clock)

    assert (before, after) == (MessageState.FAILED, MessageState.HANDED_OVER)
    assert len(channel.sent) == 2


def test_it_is_asked_again_even_if_the_channel_bears_nothing_at_first(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    channel = FakeChannel(Rejected("30004", Refusal.OTHER_WAY), caps=Caps(receipts=True, per_second=1, at_once=1))
    enqueue()
    before = hand_over(engine, channel, clock)
    with writing(engine) as session:
        session.merge(ChannelPace(channel=channel.name, free_at=clock() + timedelta(seconds=2)))

    tried(engine, only_message(engine), clock())
    after = hand_over(engine, channel, clock)

    assert (before, after) == (MessageState.FAILED, MessageState.HANDED_OVER)


def test_what_the_provider_had_after_all_is_not_sent_twice(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    channel = FakeChannel(Ambiguous("timed_out"), lookups=(Found("SM1", DeliveryState.DELIVERED),))
    enqueue()
    hand_over(engine, channel, clock)
    clock.advance(seconds=31)  # its lease is over, and the look-up is not due yet

    said = tried(engine, only_message(engine), clock())
    after = hand_over(engine, channel, clock)

    assert (said, after) == (Tried.LOOKED_UP, MessageState.DELIVERED)
    assert len(channel.sent) == 1
