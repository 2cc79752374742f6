"""Which messages a batch takes, in what order, and that finding them costs no walk through history."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from companion.db import make_engine, writing
from companion.messages.models import Message, MessageState, Purpose
from companion.messages.prepare import claim
from companion.migrations import upgrade
from tests.keys import with_keys
from tests.messages.conftest import Enqueue, MovableClock


def claimed(engine: Engine, clock: MovableClock, limit: int = 10) -> list[str]:
    with writing(engine) as session:
        return [message.unique_key for message in claim(session, clock(), limit)]


def put(engine: Engine, key: str, **changed: object) -> None:
    """Changes a message."""
    with writing(engine) as session:
        message = session.query(Message).filter_by(unique_key=key).one()
        for name, value in changed.items():
            setattr(message, name, value)


def test_what_is_urgent_comes_first_and_then_what_waited_longest(
    engine: Engine, enqueue: Enqueue, clock: MovableClock
) -> None:
    for number in range(3):
        enqueue(f"due:{number}")
        clock.advance(seconds=1)
    enqueue("urgent:1", purpose=Purpose.URGENT_READING)

    assert claimed(engine, clock) == ["urgent:1", "due:0", "due:1", "due:2"]


def test_no_more_are_taken_than_asked_for(engine: Engine, enqueue: Enqueue, clock: MovableClock) -> None:
    for number in range(3):
        enqueue(f"due:{number}")
        enqueue(f"urgent:{number}", purpose=Purpose.URGENT_READING)
        enqueue(f"silent:{number}")
        put(engine, f"silent:{number}", state=MessageState.HANDED_OVER.value, fallback_at=clock())

    assert claimed(engine, clock, limit=4) == ["urgent:0", "urgent:1", "urgent:2", "due:0"]


@pytest.mark.parametrize("state", MessageState)
def test_only_what_is_still_wanted_is_tried_by_another_way(
    engine: Engine, enqueue: Enqueue, clock: MovableClock, state: MessageState
) -> None:
    enqueue("due:1")
    later = clock() + timedelta(minutes=10)
    put(engine, "due:1", state=state.value, next_try_at=later, fallback_at=clock())

    is_wanted = state in (MessageState.OPEN, MessageState.HANDED_OVER)

    assert claimed(engine, clock) == (["due:1"] if is_wanted else [])


@pytest.mark.parametrize("left_ms", [0, 999, 1000])
def test_nothing_is_taken_whose_window_has_less_than_a_second_left(
    engine: Engine, enqueue: Enqueue, clock: MovableClock, left_ms: int
) -> None:
    enqueue("due:1", expires_at=clock() + timedelta(milliseconds=left_ms))

    assert claimed(engine, clock) == (["due:1"] if left_ms >= 1000 else [])


def test_each_look_goes_through_an_index_of_its_own(sqlite_database: str, clock: MovableClock) -> None:
    engine = with_keys(make_engine(sqlite_database))
    upgrade(engine)
    looks: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, sql, values, *_: looks.append((sql, values)))

    with writing(engine) as session:
        claim(session, clock(), 10)
        asked = [look for look in looks if look[0].startswith("SELECT message")]
        plans = [
            " ".join(row[-1] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values))
            for sql, values in asked
        ]
    engine.dispose()

    indexes = ["ix_message_urgent", "ix_message_open", "ix_message_fallback"]
    assert [index in plan for index, plan in zip(indexes, plans, strict=True)] == [True] * 3
