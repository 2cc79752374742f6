"""A provider that is away for an hour, one that hangs, and the pace that providers bear."""

import math
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from companion.care.contact_models import Kind, VerifiedBy
from companion.care.contacts import add_contact
from companion.care.people import Person
from companion.clock import from_ms, to_ms
from companion.db import reading, writing
from companion.messages.channel import Accepted, Caps, Outgoing, RetryAfter, SendResult
from companion.messages.dispatch import dispatch
from companion.messages.models import Message, MessageState, Purpose
from companion.messages.pace import fitting
from companion.messages.ways_out import WaysOut
from tests.messages.conftest import Enqueue, MovableClock, by_text, compose, deliveries
from tests.messages.fake_channel import ONE_BY_ONE, FakeChannel

PER_SECOND = 20


class Away(FakeChannel):
    """Nobody answers while `is_down`. It notes when it was asked, and when it took something."""

    def __init__(self, clock: MovableClock) -> None:
        super().__init__(caps=replace(ONE_BY_ONE, per_second=PER_SECOND))
        self.is_down = True
        self.asked: list[datetime] = []
        self.taken: list[tuple[datetime, str]] = []
        self._clock = clock

    def send(self, outgoing: Outgoing) -> SendResult:
        self.asked.append(self._clock())
        if self.is_down:
            return RetryAfter(10, "no_connection")
        self.taken.append((self._clock(), outgoing.text))
        return Accepted(f"SM{outgoing.correlation_id}")


def most_in_a_second(instants: list[datetime]) -> int:
    """In any half-open second; the instants are in order."""
    most = first = 0
    for last, at in enumerate(instants):
        while instants[first] + timedelta(seconds=1) <= at:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.mark.slow
def test_after_an_outage_of_an_hour_nothing_is_lost_nothing_is_late_and_nobody_is_overrun(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    began, channel = clock(), Away(clock)
    ways = by_text(channel)
    in_time = [f"due:{number}" for number in range(60)]
    for key in in_time:
        enqueue(key, expires_at=began + timedelta(hours=2))
    for number in range(15):
        enqueue(f"short:{number}", expires_at=began + timedelta(minutes=40))

    def beat() -> None:
        dispatch(engine, ways, compose, clock, 500, sleep=lambda seconds: clock.advance(seconds=seconds))

    while clock() < began + timedelta(hours=1):
        beat()
        clock.advance(minutes=4)
    channel.is_down = False
    while clock() < began + timedelta(minutes=70):
        beat()
        clock.advance(seconds=10)

    assert sorted(text for _, text in channel.taken) == sorted(f"08:00 {key}" for key in in_time)
    assert most_in_a_second(channel.asked) <= PER_SECOND
    with reading(engine) as session:
        states = {message.unique_key: message.state for message in session.scalars(select(Message))}
    assert {states[key] for key in in_time} == {MessageState.HANDED_OVER}
    assert {state for key, state in states.items() if key.startswith("short:")} == {MessageState.EXPIRED}


def test_what_changes_care_does_not_wait_behind_a_crowd(engine: Engine, enqueue: Enqueue, clock: MovableClock) -> None:
    channel = Away(clock)
    channel.is_down = False
    for number in range(40):
        enqueue(f"due:{number}")
    before: list[int] = []

    def nap(seconds: float) -> None:
        clock.advance(seconds=seconds)
        if not before and len(channel.taken) >= 10:
            enqueue("urgent:1", purpose=Purpose.URGENT_READING)
            before.append(len(channel.taken))

    dispatch(engine, by_text(channel), compose, clock, 100, sleep=nap)

    texts = [text for _, text in channel.taken]
    assert len(texts) == 41
    assert before[0] < 30
    assert texts.index("08:00 urgent:1") <= before[0] + PER_SECOND // 10


@settings(deadline=None)
@given(
    per_second=st.floats(0.2, 2000),
    takes=st.lists(st.tuples(st.integers(1, 200), st.integers(0, 400)), min_size=1, max_size=60),
)
def test_in_no_second_more_leave_than_a_provider_bears(per_second: float, takes: list[tuple[int, int]]) -> None:
    """`takes`: so many are wanted, so many milliseconds after the last."""
    now = free_at = datetime(2026, 3, 4, tzinfo=UTC)
    left: list[datetime] = []
    for wanted, later_ms in takes:
        now += timedelta(milliseconds=later_ms)
        taken = fitting(wanted, per_second, free_at, now)
        free_at = from_ms(to_ms(taken.free_at))  # as a database keeps it
        left += [now] * taken.count

    assert most_in_a_second(left) <= math.ceil(per_second)


class Hanging(FakeChannel):
    """Answers nobody until it is let go."""

    def __init__(self) -> None:
        super().__init__(name="hanging", caps=Caps(per_second=math.inf, at_once=2))
        self.go_on = threading.Event()

    def send(self, outgoing: Outgoing) -> SendResult:
        self.go_on.wait(20)
        return Accepted(f"late-{outgoing.correlation_id}")


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    channel = Hanging()
    yield channel
    channel.go_on.set()


def test_a_provider_that_hangs_keeps_no_other_channel_waiting(
    engine: Engine, enqueue: Enqueue, patient: Person, clock: MovableClock, hanging: Hanging
) -> None:
    with writing(engine) as session:
        person = session.get_one(Person, patient.id)
        add_contact(session, person, Kind.EMAIL, "anna@example.org", now=clock(), verified_by=VerifiedBy.CLINIC)
    for number in range(100):
        enqueue(f"hangs:{number}", params={"way": 1})
    for number in range(30):
        enqueue(f"due:{number}")
    texts = FakeChannel()
    began = time.monotonic()

    dispatch(engine, WaysOut({Kind.SMS: texts, Kind.EMAIL: hanging}), compose, clock, 200)

    assert len(texts.sent) == 30
    assert time.monotonic() - began < 8


def test_what_a_slow_provider_says_after_the_round_is_written_down_all_the_same(
    engine: Engine, enqueue: Enqueue, clock: MovableClock, hanging: Hanging
) -> None:
    enqueue("due:1")

    dispatch(engine, by_text(hanging), compose, clock, 10)
    before = [delivery.state for delivery in deliveries(engine)]
    hanging.go_on.set()
    end = time.monotonic() + 10
    while deliveries(engine)[0].state == "leased" and time.monotonic() < end:
        time.sleep(0.02)

    assert before == ["leased"]
    assert deliveries(engine)[0].state == "accepted"
