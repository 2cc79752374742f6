"""A database as it stood before anything was sealed: what a test of an older schema begins with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, delete, text, update

from companion.sealing.data_keys import DataKey
from companion.sealing.older_texts import sealed_columns
from tests.keys import from_before


def unseal_texts(engine: Engine) -> None:
    """Every sealed text says in the clear what it says; no key is left. Nothing else may be sealed in it."""
    with engine.begin() as connection:
        for column in sealed_columns():
            with _without_triggers(connection, column.table.name):
                _unseal(connection, column)
        connection.execute(delete(DataKey))


def _unseal(connection: Connection, column: Any) -> None:
    keys = list(column.table.primary_key)
    for *key, said in connection.execute(column.table.select().with_only_columns(*keys, column)).all():
        if said:
            here = [part == value for part, value in zip(keys, key, strict=True)]
            connection.execute(update(column.table).where(*here).values({column: from_before(column, said)}))


@contextmanager
def _without_triggers(connection: Connection, table: str) -> Iterator[None]:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        return
    query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    triggers = connection.execute(query, {"table": table}).all()
    for name, _ in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, made_by in triggers:
        connection.exec_driver_sql(made_by)
