"""0045: whom a patient named moves out of the details of a task, and JSON becomes text, both ways; sealed, it stays."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, bindparam, insert, text

from companion.care.people import Person
from companion.clock import EPOCH
from companion.db import UtcDateTime, make_engine
from companion.errors import BadInput
from companion.migrations import downgrade, upgrade
from tests.keys import from_before

SOMEBODY = {
    "id": 1, "public_id": "pa_1", "role": "patient", "name": from_before(Person.name, "Anna"),
    "language": "en", "zone": "UTC", "is_demo": False, "created_at": EPOCH,
}  # fmt: skip
ASKED = """INSERT INTO task (id, unique_key, kind, patient_id, details, created_at, due_at)
    VALUES (1, 'x', 'sharing_asked', 1, '{"who": "my daughter", "scopes": ["readings"]}', :at, :at)"""
SENT = """INSERT INTO uploaded_file
    (public_id, patient_id, filename, sha256, size, state, choices, preview, done, total, problem, intake, sent_at)
    VALUES (:id, 1, '', 'x', 1, 'seen', '{}', :preview, 0, 0, '', '', :at)"""
TOLD = "SELECT CAST(preview AS TEXT) FROM uploaded_file ORDER BY public_id"
TASK = "SELECT CAST(details AS TEXT) FROM task"


@pytest.fixture
def before(database: str) -> Iterator[Engine]:
    """A request and a file, as 0044 kept them."""
    engine = make_engine(database)
    upgrade(engine, "0044")
    with engine.begin() as connection:
        connection.execute(insert(Person).values(SOMEBODY))
        put(connection, ASKED)
        put(connection, SENT, id="a", preview='{"people": 1}')
    yield engine
    engine.dispose()


def put(connection: Connection, statement: str, **values: str) -> None:
    at = bindparam("at", EPOCH, type_=UtcDateTime())
    connection.execute(text(statement).bindparams(at), values)


def put_into(engine: Engine, table: str, column: str, value: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {column} = :value"), {"value": value})


def said(engine: Engine, query: str) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text(query)))


def test_up_and_down_again_nothing_is_lost(before: Engine) -> None:
    upgrade(before, "0045")
    up = said(before, "SELECT words FROM task"), said(before, TASK), said(before, TOLD)
    with before.begin() as connection:
        put(connection, SENT, id="b", preview="")  # as nothing is kept now

    downgrade(before, "0044")

    assert up == (["my daughter"], ['{"scopes": ["readings"]}'], ['{"people": 1}'])
    assert said(before, TOLD) == ['{"people": 1}', "{}"]
    assert '"who": "my daughter"' in said(before, TASK)[0]


def test_what_is_sealed_by_now_is_not_taken_down(before: Engine) -> None:
    upgrade(before, "0045")

    for table, column in (("task", "words"), ("uploaded_file", "preview")):
        put_into(before, table, column, "\x1fs1:x")
        with pytest.raises(BadInput, match="restore the backup"):
            downgrade(before, "0044")
        put_into(before, table, column, "{}")

    assert said(before, TOLD) == ["{}"]
