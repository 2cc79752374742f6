"""The step to pharmacists keeps everybody who is there, and the step back is refused while there is one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from companion.db import make_engine
from companion.errors import BadInput
from companion.migrations import downgrade, upgrade

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """A database as it was before, with a patient who is linked to a doctor."""
    engine = make_engine(database)
    upgrade(engine, "0030")
    add(engine, 1, "patient")
    add(engine, 2, "clinician")
    run(engine, "INSERT INTO first_visit (person_id, began_at) VALUES (1, :at)")
    yield engine
    engine.dispose()


def run(engine: Engine, statement: str, **values: Any) -> None:
    at: Any = int(NOW.timestamp() * 1000) if engine.dialect.name == "sqlite" else NOW
    known = {"at": at, "no": 0 if engine.dialect.name == "sqlite" else False} | values
    with engine.begin() as connection:
        connection.execute(text(statement), {name: known[name] for name in known if f":{name}" in statement})


def add(engine: Engine, number: int, role: str) -> None:
    columns = "(id, public_id, role, name, language, zone, is_demo, created_at)"
    values = "(:number, :public_id, :role, 'A', 'en', 'UTC', :no, :at)"
    into = f"INSERT INTO person {columns} VALUES {values}"
    run(engine, into, number=number, public_id=f"p{number}", role=role)


def roles(engine: Engine) -> list[tuple[int, str]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT id, role FROM person ORDER BY id"))]


def test_everybody_stays_and_a_pharmacist_may_come(engine: Engine) -> None:
    upgrade(engine, "0031")
    add(engine, 3, "pharmacist")

    assert roles(engine) == [(1, "patient"), (2, "clinician"), (3, "pharmacist")]


def test_nobody_of_another_role_may_come_and_nobody_goes_whom_something_points_to(engine: Engine) -> None:
    upgrade(engine, "0031")

    with pytest.raises(IntegrityError):
        add(engine, 3, "king")
    with pytest.raises(IntegrityError):
        run(engine, "DELETE FROM person WHERE id = 1")


def test_the_way_back_is_refused_while_there_is_a_pharmacist(engine: Engine) -> None:
    upgrade(engine, "0031")
    add(engine, 3, "pharmacist")

    with pytest.raises(BadInput, match="1 pharmacists"):
        downgrade(engine, "0030")

    assert roles(engine)[-1] == (3, "pharmacist")


def test_after_the_way_back_no_pharmacist_may_come(engine: Engine) -> None:
    upgrade(engine, "0031")

    downgrade(engine, "0030")

    with pytest.raises(IntegrityError):
        add(engine, 3, "pharmacist")
    assert roles(engine) == [(1, "patient"), (2, "clinician")]
