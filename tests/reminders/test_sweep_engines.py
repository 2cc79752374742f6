"""The sweep says and keeps the same on SQLite and PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from companion.benches.due_doses import GRACE, due_at_once
from companion.care.due_work import DueWork
from companion.clock import to_ms
from companion.db import make_engine, reading
from companion.messages.models import Message, Purpose
from companion.reminders.doses.models import Dose, DoseEvent
from companion.reminders.telling.sweep import Swept, reminder_key, sweep
from tests.keys import with_keys
from tests.servers import own_database

NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)
AHEAD = timedelta(hours=24)
DOSES, MEDICINES = 1_200, 2
"""More than two batches."""


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        yield with_keys(make_engine(f"sqlite:///{tmp_path / 'companion.db'}"))
        return
    with own_database(request.getfixturevalue("postgresql_url")) as url:
        engine = with_keys(make_engine(url))
        yield engine
        engine.dispose()


def test_each_dose_becomes_due_once_and_each_patient_is_told_once(engine: Engine) -> None:
    due_at_once(engine, NOW, DOSES, MEDICINES)

    swept = [sweep(engine, NOW, AHEAD), sweep(engine, NOW, AHEAD)]

    assert swept == [Swept(DOSES, 0, 0), Swept(0, 0, 0)]
    with reading(engine) as session:
        messages = session.scalars(select(Message)).all()
        assert {(d.state, d.reminders) for d in session.scalars(select(Dose))} == {("due", 1)}
        assert sorted(e.dose_id for e in session.scalars(select(DoseEvent))) == list(range(1, DOSES + 1))
        assert {work.next_check_at for work in session.scalars(select(DueWork))} == {
            NOW + GRACE + timedelta(milliseconds=1)
        }
    assert {m.unique_key for m in messages} == {reminder_key(m.patient_id, NOW) for m in messages}
    assert len(messages) == len({m.recipient_id for m in messages}) == DOSES // MEDICINES


def test_a_reminder_carries_its_time_and_nothing_else(engine: Engine) -> None:
    due_at_once(engine, NOW, 2, 2)

    sweep(engine, NOW, AHEAD)

    with reading(engine) as session:
        message = session.scalars(select(Message)).one()
    assert message.params == {"due_ms": to_ms(NOW), "local": "08:00"}
    assert (message.purpose, message.state) == (Purpose.REMINDER, "open")
    assert (message.created_at, message.next_try_at, message.expires_at) == (NOW, NOW, NOW + GRACE)


def test_doses_whose_window_is_over_are_left_behind_with_nothing_to_look_at(engine: Engine) -> None:
    due_at_once(engine, NOW, DOSES, MEDICINES)

    swept = sweep(engine, NOW + timedelta(days=1), AHEAD)

    assert swept == Swept(0, DOSES, 0)
    with reading(engine) as session:
        assert {event.event for event in session.scalars(select(DoseEvent))} == {"missed_unreached"}
        assert session.scalars(select(DueWork)).all() == []
        assert session.scalars(select(Message)).all() == []


def test_a_dose_that_is_being_answered_is_passed_over_and_its_turn_comes_again(postgresql_url: str) -> None:
    with own_database(postgresql_url) as url:
        engine = with_keys(make_engine(url))
        due_at_once(engine, NOW, 3, 1)
        with engine.connect() as answering:
            answering.exec_driver_sql("UPDATE dose SET note = 'x' WHERE id = 2")
            meanwhile = sweep(engine, NOW, AHEAD).reminded
            answering.rollback()

        afterwards = sweep(engine, NOW, AHEAD).reminded
        engine.dispose()

    assert (meanwhile, afterwards) == (2, 1)
