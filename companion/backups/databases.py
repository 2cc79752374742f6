"""A database as it was at one instant, and back: what is common to the engines."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, inspect, select, table

from companion.db import partitions

NO_REVISION = ""
"""Of a database that holds readings only: no migration made it."""


class Snapshot(NamedTuple):
    """`counts` are its rows by table, `revision` that of its schema; `blocks` is what brings it back, to be gone
    through once."""

    engine: str
    counts: dict[str, int]
    revision: str
    blocks: Iterator[bytes]


def counts_of(connection: Connection) -> dict[str, int]:
    """How many rows each table has; one in partitions counts as one table."""
    names = set(inspect(connection).get_table_names()) - partitions(connection)
    return {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in sorted(names)}


def revision_of(connection: Connection) -> str:
    """The revision of its schema."""
    if not inspect(connection).has_table("alembic_version"):
        return NO_REVISION
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())


def is_empty(engine: Engine) -> bool:
    """Whether there is no table."""
    return not inspect(engine).get_table_names()
