"""Callbacks in every order, and incoming texts told twice."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from companion.care.people import Person
from companion.care.tasks import Task
from companion.db import reading, writing
from companion.messages.channel import Ambiguous, Outgoing, Refusal, StatusReport
from companion.messages.dispatch import dispatch
from companion.messages.models import DeliveryEvent, DeliveryState, Inbound, MessageState
from companion.messages.outbox import cancel
from companion.messages.receipts import note_report, record_inbound
from companion.sealing.columns import INBOUND
from tests.messages.conftest import Enqueue, MovableClock, by_text, compose, deliveries, only_message
from tests.messages.fake_channel import FakeChannel
from tests.sealing.kept import plain_of


def call_back(
    engine: Engine,
    clock: MovableClock,
    correlation_id: str,
    status: DeliveryState,
    error_code: str | None = None,
    means: Refusal | None = None,
) -> bool:
    with writing(engine) as session:
        report = StatusReport("SM1", status, error_code, means, correlation_id)
        return note_report(session, "fake", report, clock())


def hand_over(engine: Engine, clock: MovableClock, channel: FakeChannel | None = None) -> str:
    """Dispatches; gives the correlation id of the newest attempt."""
    dispatch(engine, by_text(channel or FakeChannel()), compose, clock, 10)
    return deliveries(engine)[-1].correlation_id


def test_a_callback_for_an_unknown_attempt_is_not_ours(engine: Engine, clock: MovableClock) -> None:
    assert call_back(engine, clock, "no-such-id", DeliveryState.DELIVERED) is False


def test_a_delivered_callback_delivers_the_message(engine: Engine, enqueue: Enqueue, clock: MovableClock) -> None:
    enqueue("due:1")
    correlation_id = hand_over(engine, clock)

    known = call_back(engine, clock, correlation_id, DeliveryState.DELIVERED)

    assert known is True
    assert only_message(engine).state == MessageState.DELIVERED


def test_a_callback_told_twice_is_kept_once(engine: Engine, enqueue: Enqueue, clock: MovableClock) -> None:
    enqueue("due:1")
    correlation_id = hand_over(engine, clock)

    for _ in range(2):
        call_back(engine, clock, correlation_id, DeliveryState.SENT)

    with reading(engine) as session:
        assert session.scalars(select(DeliveryEvent.said)).all() == ["sent"]


def test_sent_after_delivered_changes_nothing_but_is_kept(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1")
    correlation_id = hand_over(engine, clock)

    call_back(engine, clock, correlation_id, DeliveryState.DELIVERED)
    call_back(engine, clock, correlation_id, DeliveryState.SENT)

    assert deliveries(engine)[0].state == DeliveryState.DELIVERED
    with reading(engine) as session:
        assert session.scalars(select(DeliveryEvent.said)).all() == ["delivered", "sent"]


def test_a_callback_may_come_before_our_own_commit_of_the_send(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1")

    def provider_is_quick(outgoing: Outgoing) -> None:
        call_back(engine, clock, outgoing.correlation_id, DeliveryState.DELIVERED)

    hand_over(engine, clock, FakeChannel(during_send=provider_is_quick))

    assert deliveries(engine)[0].state == DeliveryState.DELIVERED
    assert only_message(engine).state == MessageState.DELIVERED


def test_a_callback_settles_a_timed_out_send(engine: Engine, enqueue: Enqueue, clock: MovableClock) -> None:
    enqueue("due:1")
    channel = FakeChannel(Ambiguous("ReadTimeout"))
    correlation_id = hand_over(engine, clock, channel)

    call_back(engine, clock, correlation_id, DeliveryState.SENT)
    clock.advance(minutes=5)
    dispatch(engine, by_text(channel), compose, clock, 10)

    assert (len(channel.sent), channel.looked_up) == (1, [])
    assert only_message(engine).state == MessageState.HANDED_OVER


def test_an_undelivered_text_fails_the_message_and_asks_the_clinic_to_call(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1")
    correlation_id = hand_over(engine, clock)

    call_back(engine, clock, correlation_id, DeliveryState.UNDELIVERED, "30005", Refusal.BAD_ADDRESS)
    dispatch(engine, by_text(FakeChannel()), compose, clock, 10)

    assert only_message(engine).state == MessageState.FAILED
    with reading(engine) as session:
        assert [task.details["reason"] for task in session.scalars(select(Task))] == ["30005"]


def test_an_unreachable_handset_is_tried_again_while_the_window_is_open(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1")
    channel = FakeChannel()
    correlation_id = hand_over(engine, clock, channel)

    call_back(engine, clock, correlation_id, DeliveryState.UNDELIVERED, "30003", means=Refusal.TRY_AGAIN)
    clock.advance(seconds=10)
    dispatch(engine, by_text(channel), compose, clock, 10)

    assert len(channel.sent) == 2
    assert only_message(engine).state == MessageState.HANDED_OVER


def test_old_news_about_an_earlier_attempt_does_not_fail_the_newer_one(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1")
    channel = FakeChannel(Ambiguous("ReadTimeout"))
    first = hand_over(engine, clock, channel)
    clock.advance(seconds=61)
    hand_over(engine, clock, channel)

    call_back(engine, clock, first, DeliveryState.UNDELIVERED, "30005")

    assert only_message(engine).state == MessageState.HANDED_OVER


def test_an_answered_message_is_not_called_a_failure_afterwards(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    enqueue("due:1")
    correlation_id = hand_over(engine, clock, FakeChannel(Ambiguous("ReadTimeout")))
    with writing(engine) as session:
        cancel(session, ["due:1"])

    call_back(engine, clock, correlation_id, DeliveryState.UNDELIVERED, "30005")

    assert only_message(engine).state == MessageState.CANCELLED
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Task)) == 0


@settings(max_examples=30, deadline=timedelta(seconds=5), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from([DeliveryState.ACCEPTED, DeliveryState.SENT, DeliveryState.DELIVERED]),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_the_order_of_callbacks_the_furthest_one_stands(
    engine: Engine, enqueue: Enqueue, clock: MovableClock, reports: list[DeliveryState]
) -> None:
    enqueue(f"due:{clock()}")
    clock.advance(seconds=1)
    correlation_id = hand_over(engine, clock)
    furthest = [DeliveryState.ACCEPTED, DeliveryState.SENT, DeliveryState.DELIVERED]

    for report in reports:
        call_back(engine, clock, correlation_id, report)

    state = next(d.state for d in deliveries(engine) if d.correlation_id == correlation_id)
    assert state == max(reports, key=furthest.index)


@pytest.mark.parametrize("times", [1, 2])
def test_an_incoming_text_is_kept_once(engine: Engine, patient: Person, clock: MovableClock, times: int) -> None:
    kept = []

    for _ in range(times):
        with writing(engine) as session:
            kept.append(
                record_inbound(
                    session,
                    channel="twilio_sms",
                    provider_id="SM9",
                    person_id=patient.id,
                    body="1",
                    understood_as="taken",
                    now=clock(),
                )
            )

    assert [inbound is not None for inbound in kept] == [True, False][:times]
    with reading(engine) as session:
        assert plain_of(engine, INBOUND, session.scalars(select(Inbound)).one()) == b"1"
