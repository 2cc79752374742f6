"""The day's sweep: what is past its time goes, in small steps, once a day, and the audit tells how much."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from companion.care.sign_in_links import SignInLink, make_link
from companion.db import reading, writing
from companion.messages.models import Delivery, Message, Purpose
from companion.messages.outbox import enqueue
from companion.retention import sweep
from companion.retention.sweep import last_report, sweep_daily
from companion.web.door.sessions import OpenedBy, open_session
from companion.web.models import SignInAttempt, WebSession
from tests.keys import from_before
from tests.servers import own_database
from tests.world import World

DAY = timedelta(days=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def count(engine: Engine, model: type) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def note_attempts(world: World, number: int, at: datetime) -> None:
    with writing(world.engine) as session:
        session.add_all(SignInAttempt(login="x", address="10.0.0.1", at=at) for _ in range(number))


def test_what_is_past_its_time_goes_and_what_is_not_stays(world: World) -> None:
    note_attempts(world, 3, world.now - 2 * DAY)
    note_attempts(world, 2, world.now - DAY / 2)
    with writing(world.engine) as session:
        make_link(session, world.anna, world.now - 40 * DAY)
        make_link(session, world.anna, world.now - 20 * DAY)

    gone = sweep_daily(world.engine, world.now)

    assert gone == {"sign_in_attempt": 3, "sign_in_link": 1}
    assert (count(world.engine, SignInAttempt), count(world.engine, SignInLink)) == (2, 1)


def test_a_session_that_runs_is_never_swept(world: World) -> None:
    with writing(world.engine) as session:
        for ago in (200, 0):
            at = world.now - ago * DAY
            open_session(session, world.anna, by=OpenedBy.LINK, address="10.0.0.1", browser="test", now=at)

    sweep_daily(world.engine, world.now)

    assert count(world.engine, WebSession) == 1


def test_it_is_done_once_a_day_and_told_in_the_audit(world: World) -> None:
    note_attempts(world, 1, world.now - 2 * DAY)
    first = sweep_daily(world.engine, world.now)
    note_attempts(world, 1, world.now - 2 * DAY)

    soon = sweep_daily(world.engine, world.now + DAY / 2)
    next_day = sweep_daily(world.engine, world.now + DAY)

    assert (first, soon, next_day) == ({"sign_in_attempt": 1}, None, {"sign_in_attempt": 1})
    with reading(world.engine) as session:
        report = last_report(session)
    assert report == (world.now + DAY, {"sign_in_attempt": 1})


def test_a_day_without_anything_is_told_too(world: World) -> None:
    sweep_daily(world.engine, world.now)

    with reading(world.engine) as session:
        assert last_report(session) == (world.now, {})


def test_many_rows_go_in_small_steps_and_no_more_than_a_days(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "ROWS_AT_ONCE", 4)
    monkeypatch.setattr(sweep, "MOST_A_DAY", 8)
    note_attempts(world, 11, world.now - 2 * DAY)

    first = sweep_daily(world.engine, world.now)
    second = sweep_daily(world.engine, world.now + DAY)

    assert (first, second) == ({"sign_in_attempt": 8}, {"sign_in_attempt": 3})


def test_an_old_attempt_at_a_message_stays_without_number_and_words(world: World) -> None:
    at = world.now - 100 * DAY
    with writing(world.engine) as session:
        expires_at, anna = at + DAY, world.anna.id
        enqueue(
            session, unique_key="m", purpose=Purpose.REFILL, recipient_id=anna, patient_id=anna, params={}, now=at,
            expires_at=expires_at,
        )  # fmt: skip
        message = session.scalars(select(Message)).one()
        sent = {
            "sent_to": from_before(Delivery.sent_to, "+491700000001"),
            "sent_text": from_before(Delivery.sent_text, "words"),
            "provider_id": "SM1",
            "correlation_id": "c",
        }
        session.add(
            Delivery(
                message_id=message.id, attempt=1, channel="console", state="sent", started_at=at, changed_at=at, **sent
            )
        )

    gone = sweep_daily(world.engine, world.now)

    assert gone == {"delivery": 1}
    with reading(world.engine) as session:
        kept = session.scalars(select(Delivery)).one()
    assert (kept.state, kept.sent_to, kept.sent_text, kept.provider_id) == ("sent", None, None, None)


def test_it_sweeps_on_postgresql_too(postgresql_url: str, tmp_path: Path) -> None:
    with own_database(postgresql_url) as url:
        world = World(tmp_path, database_url=url)
        note_attempts(world, 3, world.now - 2 * DAY)

        gone = sweep_daily(world.engine, world.now)

        world.engine.dispose()
    assert gone == {"sign_in_attempt": 3}
