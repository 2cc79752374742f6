"""Handing over with a channel that answers as told: states, waiting, windows, and two dispatchers at once."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care.contact_models import ContactPoint, ContactState
from companion.care.people import Person
from companion.care.tasks import Task, TaskKind
from companion.db import reading, writing
from companion.messages.channel import Accepted, Ambiguous, Found, Refusal, Rejected, RetryAfter
from companion.messages.composed import Asked, Composed
from companion.messages.dispatch import dispatch
from companion.messages.models import DeliveryState, MessageState, Purpose
from tests.messages.conftest import Enqueue, MovableClock, by_text, compose, deliveries, nothing_to_tell, only_message
from tests.messages.fake_channel import ONE_BY_ONE, FakeChannel


def tasks(engine: Engine) -> list[Task]:
    with reading(engine) as session:
        return list(session.scalars(select(Task)))


def test_an_open_message_is_handed_over_once(engine: Engine, enqueue: Enqueue, clock: MovableClock) -> None:
    enqueue("due:1")
    channel = FakeChannel()

    first = dispatch(engine, by_text(channel), compose, clock, 10)
    second = dispatch(engine, by_text(channel), compose, clock, 10)

    assert (first, second) == ({"accepted": 1}, {})
    assert [outgoing.text for outgoing in channel.sent] == ["08:00 due:1"]
    assert channel.sent[0].valid_for_s == 3600
    assert only_message(engine).state == MessageState.HANDED_OVER


def test_what_was_said_is_forgotten_once_the_attempt_is_settled(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1")
    enqueue("due:2")

    dispatch(engine, by_text(FakeChannel(Accepted("SM1"), Ambiguous("timeout"))), compose, clock, 10)

    settled, unsettled = deliveries(engine)
    assert (settled.sent_to, settled.sent_text, settled.look_up_at) == (None, None, None)
    assert unsettled.sent_text == "08:00 due:2"


def test_the_limit_is_kept_and_the_oldest_go_first(engine: Engine, enqueue: Enqueue, clock: MovableClock) -> None:
    for n in range(5):
        enqueue(f"due:{n}")
        clock.advance(seconds=1)
    channel = FakeChannel()

    dispatch(engine, by_text(channel), compose, clock, 3)

    assert [outgoing.text[-1] for outgoing in channel.sent] == ["0", "1", "2"]


def test_nothing_leaves_after_the_window(engine: Engine, enqueue: Enqueue, clock: MovableClock) -> None:
    enqueue("due:1", expires_at=clock() + timedelta(minutes=5))
    clock.advance(minutes=5)
    channel = FakeChannel()

    counts = dispatch(engine, by_text(channel), compose, clock, 10)

    assert counts == {"expired": 1}
    assert channel.sent == []
    assert only_message(engine).state == MessageState.EXPIRED
    assert tasks(engine) == []


def test_nothing_leaves_when_the_window_ends_between_claim_and_send(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1", expires_at=clock() + timedelta(seconds=20))

    def slow_compose(session: Session, batch: Sequence[Asked]) -> list[Composed | None]:
        clock.advance(seconds=25)
        return compose(session, batch)

    channel = FakeChannel()
    dispatch(engine, by_text(channel), slow_compose, clock, 10)
    clock.advance(minutes=5)
    dispatch(engine, by_text(channel), compose, clock, 10)

    assert channel.sent == []
    assert only_message(engine).state == MessageState.EXPIRED


def test_the_clinic_is_asked_to_call_when_what_changes_care_expires(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("urgent:1", purpose=Purpose.URGENT_READING)
    clock.advance(hours=2)

    dispatch(engine, by_text(FakeChannel()), compose, clock, 10)

    assert [(task.kind, task.details["reason"]) for task in tasks(engine)] == [(TaskKind.MESSAGE_FAILED, "expired")]


def test_a_moot_message_is_cancelled(engine: Engine, enqueue: Enqueue, clock: MovableClock) -> None:
    enqueue("due:1")
    channel = FakeChannel()

    counts = dispatch(engine, by_text(channel), nothing_to_tell, clock, 10)

    assert counts == {"cancelled": 1}
    assert channel.sent == []
    assert only_message(engine).state == MessageState.CANCELLED


def test_a_person_without_any_address_fails_the_message_without_asking_a_provider(
    engine: Engine, enqueue: Enqueue, patient: Person, clock: MovableClock
) -> None:
    enqueue("due:1")
    with writing(engine) as session:
        session.scalars(select(ContactPoint)).one().removed_at = clock()
    channel = FakeChannel()

    counts = dispatch(engine, by_text(channel), compose, clock, 10)

    assert (counts, channel.sent, deliveries(engine)) == ({"failed": 1}, [], [])
    assert (only_message(engine).state, only_message(engine).why) == (MessageState.FAILED, "no_address")
    assert [task.details["reason"] for task in tasks(engine)] == ["no_address"]


def test_somebody_who_left_gets_nothing(engine: Engine, enqueue: Enqueue, patient: Person, clock: MovableClock) -> None:
    enqueue("due:1")
    with writing(engine) as session:
        session.get_one(Person, patient.id).left_at = clock()
    channel = FakeChannel()

    dispatch(engine, by_text(channel), compose, clock, 10)

    assert channel.sent == []
    assert only_message(engine).state == MessageState.CANCELLED


def test_a_busy_provider_is_left_alone_for_as_long_as_it_asks(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1")
    channel = FakeChannel(RetryAfter(120, "20429"))

    dispatch(engine, by_text(channel), compose, clock, 10)
    clock.advance(seconds=119)
    too_early = dispatch(engine, by_text(channel), compose, clock, 10)
    clock.advance(seconds=1)
    dispatch(engine, by_text(channel), compose, clock, 10)

    assert too_early == {}
    assert len(channel.sent) == 2
    assert [delivery.state for delivery in deliveries(engine)] == [DeliveryState.RETRY, DeliveryState.ACCEPTED]


def test_a_permanent_refusal_is_not_tried_again_and_asks_the_clinic_to_call(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1")
    channel = FakeChannel(Rejected("21211", Refusal.BAD_ADDRESS))

    dispatch(engine, by_text(channel), compose, clock, 10)
    clock.advance(minutes=10)
    dispatch(engine, by_text(channel), compose, clock, 10)

    assert len(channel.sent) == 1
    assert only_message(engine).state == MessageState.FAILED
    assert [task.details["reason"] for task in tasks(engine)] == ["21211"]


def test_a_refusal_that_may_pass_is_tried_five_times(engine: Engine, enqueue: Enqueue, clock: MovableClock) -> None:
    enqueue("due:1")
    channel = FakeChannel(*[Rejected("63038", Refusal.TRY_AGAIN)] * 20)

    for _ in range(20):
        dispatch(engine, by_text(channel), compose, clock, 10)
        clock.advance(minutes=2)

    assert len(channel.sent) == 5
    assert only_message(engine).state == MessageState.FAILED


def test_a_person_who_opted_out_at_the_provider_is_remembered(
    engine: Engine, enqueue: Enqueue, patient: Person, clock: MovableClock
) -> None:
    enqueue("due:1")
    refusal = Rejected("21610", Refusal.OPTED_OUT)

    dispatch(engine, by_text(FakeChannel(refusal)), compose, clock, 10)

    with reading(engine) as session:
        assert session.scalars(select(ContactPoint)).one().state == ContactState.OPTED_OUT
    assert {task.kind for task in tasks(engine)} == {TaskKind.OPTED_OUT, TaskKind.MESSAGE_FAILED}


def test_two_failures_for_one_person_in_a_day_make_one_task(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1")
    enqueue("due:2")
    refusal = Rejected("21211", Refusal.BAD_ADDRESS)

    dispatch(engine, by_text(FakeChannel(refusal, refusal)), compose, clock, 10)

    assert len(tasks(engine)) == 1


def test_an_ambiguous_attempt_is_looked_up_after_a_minute_and_never_just_sent_again(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1")
    channel = FakeChannel(Ambiguous("ReadTimeout"), lookups=(Found("SM1", DeliveryState.SENT),))

    dispatch(engine, by_text(channel), compose, clock, 10)
    clock.advance(seconds=59)
    dispatch(engine, by_text(channel), compose, clock, 10)
    looked_too_early = list(channel.looked_up)
    clock.advance(seconds=1)
    counts = dispatch(engine, by_text(channel), compose, clock, 10)

    assert looked_too_early == []
    assert counts == {"looked_up": 1}
    assert channel.looked_up[0].text == "08:00 due:1"
    assert len(channel.sent) == 1
    assert only_message(engine).state == MessageState.HANDED_OVER
    assert deliveries(engine)[0].provider_id == "SM1"


def test_an_attempt_that_never_arrived_is_made_again_inside_the_window(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1")
    channel = FakeChannel(Ambiguous("ReadTimeout"))

    dispatch(engine, by_text(channel), compose, clock, 10)
    clock.advance(seconds=61)
    dispatch(engine, by_text(channel), compose, clock, 10)

    assert len(channel.sent) == 2
    assert channel.sent[0].correlation_id != channel.sent[1].correlation_id
    assert only_message(engine).state == MessageState.HANDED_OVER


def test_an_attempt_that_never_arrived_is_not_made_again_after_the_window(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1")
    channel = FakeChannel(Ambiguous("ReadTimeout"))

    dispatch(engine, by_text(channel), compose, clock, 10)
    clock.advance(hours=2)
    dispatch(engine, by_text(channel), compose, clock, 10)

    assert len(channel.sent) == 1
    assert only_message(engine).state == MessageState.EXPIRED


def test_a_look_up_that_cannot_be_answered_is_repeated(engine: Engine, enqueue: Enqueue, clock: MovableClock) -> None:
    enqueue("due:1")
    lookups = (RetryAfter(30, "down"), Found("SM1", DeliveryState.ACCEPTED))
    channel = FakeChannel(Ambiguous("ReadTimeout"), lookups=lookups)

    for _ in range(3):
        dispatch(engine, by_text(channel), compose, clock, 10)
        clock.advance(seconds=61)

    assert len(channel.looked_up) == 2
    assert len(channel.sent) == 1
    assert only_message(engine).state == MessageState.HANDED_OVER


def test_a_channel_that_cannot_look_up_leaves_the_attempt_to_a_callback(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1")
    channel = FakeChannel(Ambiguous("ReadTimeout"), caps=replace(ONE_BY_ONE, looks_up=False))

    for _ in range(4):
        dispatch(engine, by_text(channel), compose, clock, 10)
        clock.advance(minutes=10)

    assert (len(channel.sent), len(channel.looked_up)) == (1, 0)
    assert deliveries(engine)[0].state == DeliveryState.AMBIGUOUS


def test_a_fault_of_the_channel_counts_as_ambiguous(engine: Engine, enqueue: Enqueue, clock: MovableClock) -> None:
    enqueue("due:1")

    def break_down(_: object) -> None:
        raise ZeroDivisionError

    counts = dispatch(engine, by_text(FakeChannel(during_send=break_down)), compose, clock, 10)

    assert counts == {"ambiguous": 1}


def test_one_message_that_cannot_be_composed_does_not_stop_the_others(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:broken")
    enqueue("due:fine")

    def sometimes(session: Session, batch: Sequence[Asked]) -> list[Composed | None]:
        if any(asked.message.unique_key == "due:broken" for asked in batch):
            raise KeyError("a parameter is missing")
        return compose(session, batch)

    channel = FakeChannel()
    counts = dispatch(engine, by_text(channel), sometimes, clock, 10)

    assert counts == {"accepted": 1}
    assert [outgoing.text for outgoing in channel.sent] == ["08:00 due:fine"]


def test_two_dispatchers_at_once_send_each_message_once(engine: Engine, enqueue: Enqueue, clock: MovableClock) -> None:
    for n in range(40):
        enqueue(f"due:{n}")
    channel = FakeChannel()
    together = threading.Barrier(2)

    def work() -> None:
        together.wait()
        for _ in range(8):
            dispatch(engine, by_text(channel), compose, clock, 5)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outgoing.text for outgoing in channel.sent) == sorted(f"08:00 due:{n}" for n in range(40))


def test_an_urgent_text_is_not_called_expired_while_the_provider_may_have_it(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("urgent:1", purpose=Purpose.URGENT_READING, expires_at=clock() + timedelta(seconds=30))
    channel = FakeChannel(Ambiguous("ReadTimeout"), lookups=(Found("SM1", DeliveryState.SENT),))

    dispatch(engine, by_text(channel), compose, clock, 10)
    clock.advance(seconds=40)
    dispatch(engine, by_text(channel), compose, clock, 10)
    state_before_look_up = only_message(engine).state
    clock.advance(seconds=30)
    dispatch(engine, by_text(channel), compose, clock, 10)

    assert state_before_look_up == MessageState.OPEN
    assert only_message(engine).state == MessageState.HANDED_OVER
    assert tasks(engine) == []
