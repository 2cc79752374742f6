"""The records of one database into an empty one on another engine: all of it, or nothing.

Everything but the readings, which `readings.copying` moves. One look at the source and one transaction on the target,
where every table is read back and compared before the commit: cut off, nothing is there.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    Row,
    Table,
    Text,
    bindparam,
    func,
    insert,
    inspect,
    select,
    type_coerce,
)

from companion.clock import to_ms
from companion.db import READ_ONLY, Base
from companion.errors import BadInput
from companion.migrations import upgrade
from companion.readings.sql_days import day_table
from companion.readings.sql_names import reading_name
from companion.readings.sql_rows import reading_table
from companion.sealing.texts import SealedText

AT_ONCE = 1000
"""So many rows are in memory."""
READINGS = {reading_table.name, reading_name.name, day_table.name}
MODULUS = 2**256


class Proof(NamedTuple):
    """A table's rows: how many, and the sum of their SHA-256, which no order changes."""

    rows: int
    sha256: str


def copy_records(source: Engine, target: Engine) -> dict[str, Proof]:
    """Copies every table and gives what was found in both; brings the target's schema up to date before.

    Nobody may write to the source meanwhile. Raises BadInput for a source whose schema is not this version's, a target
    that holds something, and rows that came out different; then nothing was copied.
    """
    upgrade(target)
    with source.connect() as there, target.begin() as here:
        there.execution_options(**{READ_ONLY: True})
        if source.dialect.name == "postgresql":
            there.execution_options(isolation_level="REPEATABLE READ")  # one look, as long as it takes
        _check(there, here)
        _let_keys_wait(here)
        for table in tables():
            _copy(table, there, here)
        _hold_keys(here)
        return {table.name: _compared(table, there, here) for table in tables()}


def tables() -> list[Table]:
    """All but those of readings."""
    return [table for name, table in sorted(Base.metadata.tables.items()) if name not in READINGS]


def _check(there: Connection, here: Connection) -> None:
    if _version(there) != _version(here):
        raise BadInput("has the schema of another version", where="FROM", advice="run `companion db upgrade` on it")
    full = [table.name for table in tables() if here.execute(select(table).limit(1)).first()]
    if full:
        raise BadInput(f"holds something already: {', '.join(full)}", where="TO", advice="name an empty database")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def _copy(table: Table, there: Connection, here: Connection) -> None:
    statement = insert(table).values(
        {column.name: bindparam(column.name, type_=_as_kept(column)) for column in table.columns}
    )
    for rows in _rows(table, there).partitions(AT_ONCE):
        here.execute(statement, [dict(row._mapping) for row in rows])


def _as_kept(column: Column[Any]) -> Any:
    """A JSON column that is empty stays empty; by itself SQLAlchemy would write JSON's own null. What is sealed stays
    so."""
    if isinstance(column.type, SealedText):
        return Text()
    return JSON(none_as_null=True) if isinstance(column.type, JSON) else column.type


def _rows(table: Table, connection: Connection) -> Any:
    sealed = (column for column in table.columns if isinstance(column.type, SealedText))
    raw = {column: type_coerce(column, Text).label(column.name) for column in sealed}
    columns = [raw.get(column, column) for column in table.columns]
    return connection.execute(select(*columns).execution_options(yield_per=AT_ONCE))


def _compared(table: Table, there: Connection, here: Connection) -> Proof:
    wanted, found = _proof(_rows(table, there)), _proof(_rows(table, here))
    if wanted != found:
        what = f"{table.name} came out different: {wanted.rows} rows in FROM, {found.rows} in TO"
        raise BadInput(what, where="TO", advice="is the service stopped? nothing was copied")
    return found


def _proof(rows: Iterable[Row[Any]]) -> Proof:
    n = total = 0
    for row in rows:
        n += 1
        line = json.dumps([_plain(value) for value in row], sort_keys=True).encode()
        total += int.from_bytes(hashlib.sha256(line).digest(), "big")
    return Proof(n, f"{total % MODULUS:064x}")


def _plain(value: object) -> object:
    """Alike on every engine; instants to the millisecond, as SQLite keeps them."""
    match value:
        case datetime():
            return to_ms(value)
        case Decimal():
            return format(value, "f")
        case bytes():
            return value.hex()
        case None | bool() | int() | float() | str() | dict() | list():
            return value
    return str(value)


# Some tables point at each other: foreign keys are held once everything is there.


def _let_keys_wait(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        return
    for table, key in _keys(connection):
        connection.exec_driver_sql(f'ALTER TABLE "{table}" ALTER CONSTRAINT "{key}" DEFERRABLE INITIALLY DEFERRED')


def _hold_keys(connection: Connection) -> None:
    """SQLite does so at the commit. On PostgreSQL, numbers go on behind the last one copied, too."""
    if connection.dialect.name == "sqlite":
        return
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table, key in _keys(connection):
        connection.exec_driver_sql(f'ALTER TABLE "{table}" ALTER CONSTRAINT "{key}" NOT DEFERRABLE')
    for each in tables():
        _go_on_counting(each, connection)


def _keys(connection: Connection) -> Iterator[tuple[str, str]]:
    """Every foreign key, by its table."""
    looked_at = inspect(connection)
    for table in tables():
        for key in looked_at.get_foreign_keys(table.name):
            yield table.name, str(key["name"])


def _go_on_counting(table: Table, connection: Connection) -> None:
    column = table.autoincrement_column
    if column is None:
        return
    sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
    last = connection.scalar(select(func.max(column)))
    if sequence is not None and last is not None:
        connection.execute(select(func.setval(sequence, last)))
