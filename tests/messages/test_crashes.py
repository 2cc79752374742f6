"""kill -9 at every point of handing over: nothing is lost, and nothing is doubled where it can be looked up."""

import json
import signal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from companion.crash_points import Point
from companion.db import writing
from companion.messages.channel import StatusReport
from companion.messages.channels.console import Console
from companion.messages.channels.twilio_sms import TwilioSms
from companion.messages.dispatch import dispatch
from companion.messages.models import DeliveryState, MessageState
from companion.messages.receipts import note_report
from tests.fake_twilio import FakeTwilio
from tests.forking import PROCESSES, forked_knowing
from tests.messages.conftest import (
    Enqueue,
    MovableClock,
    by_text,
    compose,
    deliveries,
    nothing_to_tell,
    only_message,
    twilio_channel,
)
from tests.messages.dispatch_worker import dispatch_and_die

knowing = forked_knowing("companion.migrations", "tests.messages.dispatch_worker")
POINTS = [Point.DISPATCH_AFTER_CLAIM, Point.DISPATCH_AFTER_SEND, Point.DISPATCH_AFTER_COMMIT]


@pytest.fixture
def sms(twilio: FakeTwilio) -> TwilioSms:
    """It is patient: a text that it gave up on would be looked for at a time that is only the test's."""
    return twilio_channel(twilio.url, timeout_s=10)


def die_at(point: Point, database_url: str, target: str) -> None:
    """Runs a dispatcher in a process that is killed there."""
    process = PROCESSES.Process(target=dispatch_and_die, args=(database_url, target, point.value))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_dispatcher_leaves_exactly_one_text_at_twilio(
    engine: Engine,
    database_url: str,
    enqueue: Enqueue,
    clock: MovableClock,
    twilio: FakeTwilio,
    sms: TwilioSms,
    point: Point,
) -> None:
    enqueue("due:1")
    die_at(point, database_url, twilio.url)

    for _ in range(3):
        clock.advance(seconds=100)
        dispatch(engine, by_text(sms), compose, clock, 10)

    assert [text.body for text in twilio.ledger] == ["08:00 due:1"]
    assert only_message(engine).state == MessageState.HANDED_OVER
    assert deliveries(engine)[-1].provider_id == twilio.ledger[0].sid


@pytest.mark.parametrize("point", POINTS)
def test_killed_with_many_in_its_hands_a_dispatcher_leaves_each_text_exactly_once_at_twilio(
    engine: Engine,
    database_url: str,
    enqueue: Enqueue,
    clock: MovableClock,
    twilio: FakeTwilio,
    sms: TwilioSms,
    point: Point,
) -> None:
    keys = [f"due:{number:02}" for number in range(12)]
    for key in keys:
        enqueue(key)
    die_at(point, database_url, twilio.url)
    begun = len(deliveries(engine))

    for _ in range(3):
        clock.advance(seconds=100)
        dispatch(engine, by_text(sms), compose, clock, 50)

    assert begun > 1
    assert sorted(text.body for text in twilio.ledger) == [f"08:00 {key}" for key in keys]


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_dispatcher_leaves_exactly_one_text_in_the_console_file(
    engine: Engine, database_url: str, enqueue: Enqueue, clock: MovableClock, tmp_path: Path, point: Point
) -> None:
    enqueue("due:1")
    path = tmp_path / "console_outbox.jsonl"
    die_at(point, database_url, str(path))

    for _ in range(3):
        clock.advance(seconds=100)
        dispatch(engine, by_text(Console(path)), compose, clock, 10)

    assert [json.loads(line)["text"] for line in path.read_text().splitlines()] == ["08:00 due:1"]
    assert only_message(engine).state == MessageState.HANDED_OVER


def test_a_callback_settles_what_a_killed_dispatcher_had_sent_without_any_look_up(
    engine: Engine,
    database_url: str,
    enqueue: Enqueue,
    clock: MovableClock,
    twilio: FakeTwilio,
    sms: TwilioSms,
) -> None:
    enqueue("due:1")
    die_at(Point.DISPATCH_AFTER_SEND, database_url, twilio.url)
    [text], [delivery] = twilio.ledger, deliveries(engine)

    with writing(engine) as session:
        correlation_id = text.status_callback.rsplit("/", 1)[1]
        report = StatusReport(text.sid, DeliveryState.SENT, correlation_id=correlation_id)
        known = note_report(session, "twilio_sms", report, clock())
    clock.advance(minutes=10)
    counts = dispatch(engine, by_text(sms), compose, clock, 10)

    assert (known, delivery.state, counts) == (True, DeliveryState.LEASED, {})
    assert len(twilio.ledger) == 1
    assert only_message(engine).state == MessageState.HANDED_OVER


def test_a_dose_answered_while_its_text_hung_in_a_dead_process_is_not_texted_again(
    engine: Engine,
    database_url: str,
    enqueue: Enqueue,
    clock: MovableClock,
    twilio: FakeTwilio,
    sms: TwilioSms,
) -> None:
    enqueue("due:1")
    die_at(Point.DISPATCH_AFTER_CLAIM, database_url, twilio.url)

    for _ in range(3):
        clock.advance(seconds=100)
        dispatch(engine, by_text(sms), nothing_to_tell, clock, 10)

    assert twilio.ledger == []
    assert only_message(engine).state == MessageState.CANCELLED
