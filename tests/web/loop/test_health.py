"""Up, ready, and keeping up: told without a word about one person."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from companion.advice.models import Suggestion
from companion.db import writing
from companion.jobs import note_beat
from companion.messages.models import DeliveryState
from tests.messages.mail_room import put
from tests.web.loop.house import House


def test_the_process_says_that_it_is_up(house: House) -> None:
    response = house.app.test_client().get("/healthz")

    assert response.get_json() == {"status": "ok"}


@pytest.mark.parametrize(("seconds_ago", "status"), [(0, 200), (30, 200), (31, 503)])
def test_ready_means_a_heartbeat_within_three_beats(house: House, seconds_ago: int, status: int) -> None:
    note_beat(house.engine, house.now)
    house.clock.advance(seconds=seconds_ago)

    response = house.app.test_client().get("/readyz")

    assert house.settings.heartbeat_seconds == 10
    assert response.status_code == status


def test_without_any_heartbeat_it_is_not_ready(house: House) -> None:
    response = house.app.test_client().get("/readyz")

    assert response.status_code == 503
    assert response.get_json()["reasons"] == {"heartbeat": "never"}


def test_without_its_tables_it_is_not_ready(house: House) -> None:
    note_beat(house.engine, house.now)
    with writing(house.engine) as session:
        session.execute(text("DROP TABLE amendment"))

    response = house.app.test_client().get("/readyz")

    assert response.status_code == 503
    assert response.get_json()["checks"]["schema"] is False
    assert response.get_json()["reasons"]["schema"] == "tables_missing"


def test_the_metrics_count_and_name_nobody(house: House) -> None:
    house.titration()
    house.fast(150, 148, 155)

    page = house.app.test_client().get("/metrics").get_data(as_text=True)

    assert "companion_suggestions_pending 1.0" in page
    assert 'companion_due_work_lag_seconds{kind="plan"}' in page
    assert house.only(Suggestion).public_id not in page
    assert "Anna" not in page
    assert house.anna.public_id not in page


def test_due_work_that_waits_shows_as_lag(house: House) -> None:
    house.prescribe()
    house.clock.advance(seconds=90)

    page = house.app.test_client().get("/metrics").get_data(as_text=True)

    assert 'companion_due_work_lag_seconds{kind="plan"} 90.0' in page


def test_messages_are_counted_by_state_and_channel_and_name_nobody(house: House) -> None:
    put(house.engine, house.anna, house.now, DeliveryState.REJECTED, DeliveryState.AMBIGUOUS)
    put(house.engine, house.anna, house.now, next_try_at=house.now + timedelta(hours=1))
    put(house.engine, house.anna, house.now, DeliveryState.SENT, state="handed_over", channel="email")
    long_ago = house.now - timedelta(days=2)
    put(
        house.engine,
        house.anna,
        house.now,
        DeliveryState.SENT,
        state="failed",
        created_at=long_ago,
        next_try_at=long_ago,
    )

    page = house.app.test_client().get("/metrics").get_data(as_text=True)

    assert 'companion_messages{state="open"} 2.0' in page
    assert 'companion_messages{state="handed_over"} 1.0' in page
    assert 'companion_messages{state="failed"} 0.0' in page
    assert 'companion_deliveries{channel="twilio_sms",state="ambiguous"} 1.0' in page
    assert 'companion_deliveries{channel="email",state="sent"} 1.0' in page
    assert 'companion_deliveries{channel="twilio_sms",state="sent"}' not in page
    assert "companion_message_oldest_age_seconds 300.0" in page
    assert "companion_message_oldest_overdue_seconds 300.0" in page
    assert house.anna.public_id not in page


def test_a_message_that_may_wait_is_not_overdue(house: House) -> None:
    put(house.engine, house.anna, house.now, next_try_at=house.now + timedelta(hours=1))

    page = house.app.test_client().get("/metrics").get_data(as_text=True)

    assert "companion_message_oldest_age_seconds 300.0" in page
    assert "companion_message_oldest_overdue_seconds 0.0" in page


@pytest.mark.parametrize(
    ("address", "headers"),
    [("192.0.2.7", {}), ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}), ("", {})],
)
def test_the_metrics_are_only_for_this_machine(house: House, address: str, headers: dict[str, str]) -> None:
    response = house.app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})

    assert response.status_code == 404
