"""Whether messages arrive, counted on SQLite and PostgreSQL."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from companion.db import reading, writing
from companion.kpi.arriving import Fault, by_purpose, faults, speeds
from companion.kpi.spans import MEDIAN, P90, nearest_rank
from companion.messages.models import Delivery, DeliveryState, Message, MessageState, Purpose
from tests.messages.mail_room import put
from tests.world import World


@pytest.fixture(params=["world", "world_on_postgresql"])
def clinic(request: pytest.FixtureRequest) -> World:
    world: World = request.getfixturevalue(request.param)
    return world


def deliver(
    world: World, message: Message, took: timedelta, channel: str = "twilio_sms", begun: datetime | None = None
) -> None:
    started_at = begun or world.now - timedelta(hours=1)
    with writing(world.engine) as session:
        number = session.query(Delivery).count() + 1
        session.add(
            Delivery(
                message_id=message.id,
                attempt=number,
                channel=channel,
                state=DeliveryState.DELIVERED.value,
                correlation_id=f"c{number}",
                started_at=started_at,
                changed_at=started_at + took,
            )
        )


def fail(world: World, message: Message, code: str, means: str | None = None, channel: str = "twilio_sms") -> None:
    with writing(world.engine) as session:
        number = session.query(Delivery).count() + 1
        session.add(
            Delivery(
                message_id=message.id,
                attempt=number,
                channel=channel,
                state=DeliveryState.REJECTED.value,
                means=means,
                error_code=code,
                correlation_id=f"c{number}",
                started_at=world.now - timedelta(hours=1),
                changed_at=world.now,
            )
        )


def test_half_and_nine_of_ten_arrived_within_a_time_that_was_measured(clinic: World) -> None:
    message = put(clinic.engine, clinic.anna, clinic.now)
    for seconds in (10, 1, 2, 3, 4, 5, 6, 7, 8, 9):
        deliver(clinic, message, timedelta(seconds=seconds))
    deliver(clinic, message, timedelta(seconds=3), "email")
    deliver(clinic, message, timedelta(days=1), begun=clinic.now - timedelta(days=2))
    fail(clinic, message, "30005")

    with reading(clinic.engine) as session:
        found = speeds(session, clinic.now - timedelta(days=1))

    assert {channel: tuple(speed) for channel, speed in found.items()} == {
        "twilio_sms": (10, timedelta(seconds=5), timedelta(seconds=9)),
        "email": (1, timedelta(seconds=3), timedelta(seconds=3)),
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 500), min_size=1, max_size=12))
def test_the_database_ranks_as_we_do(world: World, took: list[int]) -> None:
    with writing(world.engine) as session:
        session.execute(delete(Delivery))
    message = put(world.engine, world.anna, world.now)
    for seconds in took:
        deliver(world, message, timedelta(seconds=seconds))

    with reading(world.engine) as session:
        speed = speeds(session, world.now - timedelta(days=1))["twilio_sms"]

    spans = [timedelta(seconds=seconds) for seconds in took]
    assert (speed.n, speed.p50, speed.p90) == (len(took), nearest_rank(spans, MEDIAN), nearest_rank(spans, P90))


def test_messages_are_counted_by_purpose_and_by_what_became_of_them(clinic: World) -> None:
    for state in (MessageState.DELIVERED, MessageState.DELIVERED, MessageState.FAILED):
        put(clinic.engine, clinic.anna, clinic.now, state=state.value)
    put(clinic.engine, clinic.anna, clinic.now, purpose=Purpose.REFILL.value)
    put(clinic.engine, clinic.anna, clinic.now - timedelta(days=3))

    with reading(clinic.engine) as session:
        found = by_purpose(session, clinic.now - timedelta(days=1), clinic.now)

    assert [
        (each.purpose, each.n, each.among(MessageState.DELIVERED), each.among(MessageState.OPEN)) for each in found
    ] == [
        ("reminder", 3, 2, 0),
        ("refill", 1, 0, 1),
    ]


def test_faults_are_counted_by_channel_and_code_the_most_frequent_first(clinic: World) -> None:
    message = put(clinic.engine, clinic.anna, clinic.now)
    fail(clinic, message, "30005", "bad_address")
    for _ in range(2):
        fail(clinic, message, "550", "bad_address", "email")

    with reading(clinic.engine) as session:
        found = faults(session, clinic.now - timedelta(days=1))

    assert found == [Fault("email", "550", "bad_address", 2), Fault("twilio_sms", "30005", "bad_address", 1)]
