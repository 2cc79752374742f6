"""The step to telling doctors takes along what waits already, and leaves what people agreed to as it is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from companion.advice.models import Suggestion
from companion.care.due_work import DueWork, WorkKind
from companion.db import make_engine
from companion.migrations import downgrade, upgrade
from tests.migrations.in_the_clear import unseal_texts
from tests.world import World

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """A database as it was before, with an agreement of a doctor."""
    engine = make_engine(database)
    upgrade(engine, "0014")
    fill(engine)
    yield engine
    downgrade(engine, "base")
    engine.dispose()


def fill(engine: Engine) -> None:
    at: Any = int(NOW.timestamp() * 1000) if engine.dialect.name == "sqlite" else NOW
    no: Any = 0 if engine.dialect.name == "sqlite" else False
    with engine.begin() as connection:
        run = connection.execute
        person = "INSERT INTO person (id, public_id, role, name, language, zone, is_demo, created_at) VALUES "
        run(text(person + "(1, 'pa', 'patient', 'A', 'en', 'UTC', :no, :at)"), {"no": no, "at": at})
        run(text(person + "(2, 'cl', 'clinician', 'B', 'en', 'UTC', :no, :at)"), {"no": no, "at": at})
        run(
            text(
                "INSERT INTO message_consent (id, person_id, kind, topic, is_agreed, text_version, text, at) "
                "VALUES (7, 2, 'sms', 'alarms', :no, '1', 'words', :at)"
            ),
            {"no": no, "at": at},
        )


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_agreements_stay_as_they_are_and_stay_history(engine: Engine) -> None:
    upgrade(engine)

    assert rows(engine, "SELECT id, person_id, topic, text FROM message_consent") == [(7, 2, "alarms", "words")]
    with pytest.raises(DatabaseError, match="is history"), engine.begin() as connection:
        connection.execute(text("DELETE FROM message_consent"))
    with pytest.raises(DatabaseError, match="is history"), engine.begin() as connection:
        connection.execute(text("UPDATE message_consent SET text = 'other'"))


def test_on_the_way_back_only_what_the_older_schema_cannot_say_goes(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO message_consent (id, person_id, kind, topic, is_agreed, text_version, text, at) "
                "SELECT 8, person_id, kind, 'decisions', is_agreed, text_version, text, at FROM message_consent"
            )
        )

    downgrade(engine, "0014")

    assert rows(engine, "SELECT id, topic FROM message_consent") == [(7, "alarms")]
    with pytest.raises(DatabaseError, match="is history"), engine.begin() as connection:
        connection.execute(text("DELETE FROM message_consent"))


@pytest.mark.parametrize("used", ["world", "world_on_postgresql"])
def test_what_waited_before_is_told_after(used: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(used)
    world.titration()
    world.fast(150, 155, 158)
    unseal_texts(world.engine)
    downgrade(world.engine, "0014")
    left = rows(world.engine, "SELECT subject_id FROM due_work WHERE kind = 'tell_doctor'")

    upgrade(world.engine)

    due = world.only(DueWork, kind=WorkKind.TELL_DOCTOR.value)
    assert left == []
    assert due.subject_id == world.only(Suggestion).id
