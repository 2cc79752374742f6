"""The step to passkeys keeps everybody signed in; the step back signs out only who came in by a passkey."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, Table, select

from companion.db import make_engine
from companion.migrations import downgrade, upgrade

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """A database as it was before passkeys, with two people's sessions in it."""
    engine = make_engine(database)
    upgrade(engine, "0021")
    _add_person(engine)
    for number, opened_by in ((1, "password"), (2, "link")):
        _add_session(engine, number, opened_by)
    yield engine
    downgrade(engine, "base")
    engine.dispose()


def table(engine: Engine, name: str) -> Table:
    return Table(name, MetaData(), autoload_with=engine)


def instant(engine: Engine) -> Any:
    """As the columns of that database keep it."""
    return int(NOW.timestamp() * 1000) if engine.dialect.name == "sqlite" else NOW


def _add_person(engine: Engine) -> None:
    known = {"id": 1, "public_id": "p1", "role": "patient", "name": "x", "language": "en", "zone": "UTC"}
    _insert(engine, "person", known | {"is_demo": False, "created_at": instant(engine)})


def _add_session(engine: Engine, number: int, opened_by: str) -> None:
    at = dict.fromkeys(("opened_at", "last_seen_at", "expires_at"), instant(engine))
    known = {"id": number, "public_id": f"ws{number}", "token_hash": f"h{number}", "person_id": 1, "address": "x"}
    _insert(engine, "web_session", known | at | {"opened_by": opened_by, "browser": "x"})


def _insert(engine: Engine, name: str, values: dict[str, Any]) -> None:
    into = table(engine, name)
    with engine.begin() as connection:
        connection.execute(into.insert().values(values))


def sessions(engine: Engine) -> list[str]:
    query = select(table(engine, "web_session").c.opened_by).order_by("id")
    with engine.connect() as connection:
        return list(connection.scalars(query))


def test_everybody_stays_signed_in_and_nobody_is_asked_for_more(engine: Engine) -> None:
    upgrade(engine, "0022")

    query = select(table(engine, "web_session").c.needs_factor)
    with engine.connect() as connection:
        asked = list(connection.scalars(query))
    assert sessions(engine) == ["password", "link"]
    assert [bool(one) for one in asked] == [False, False]


def test_on_the_way_back_who_came_by_a_passkey_has_to_come_again(engine: Engine) -> None:
    upgrade(engine, "0022")
    _add_session(engine, 3, "passkey")

    downgrade(engine, "0021")

    assert sessions(engine) == ["password", "link"]
