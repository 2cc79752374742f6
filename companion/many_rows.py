"""Many rows at once, straight through the driver: naming every value of every row, as SQLAlchemy does, costs more than
writing them."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Date
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from companion.db import UtcDateTime, rows_changed


def value_mark(dialect: Dialect) -> str:
    """What stands for a value in a statement of this driver."""
    return "?" if dialect.paramstyle == "qmark" else "%s"


ROWS_A_STATEMENT = 50
"""Measured on SQLite: a row costs two thirds of what it costs in a statement of its own; with more it rises again."""


def insert_ready_rows(connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Inserts rows whose values are what the driver takes, straight through its cursor; those that are there already
    are passed over. Tells how many were new."""
    mark = value_mark(connection.dialect)
    cursor = connection.connection.cursor()
    new = 0
    try:
        for start in range(0, len(rows), ROWS_A_STATEMENT):
            some = rows[start : start + ROWS_A_STATEMENT]
            cursor.execute(_insert(table, tuple(columns), len(some), mark), list(chain.from_iterable(some)))
            new += cursor.rowcount
    finally:
        cursor.close()
    return new


@lru_cache
def _insert(table: str, columns: tuple[str, ...], rows: int, mark: str) -> str:
    row = f"({', '.join([mark] * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * rows)} ON CONFLICT DO NOTHING"  # noqa: S608


def run_for_rows(
    connection: Connection, sql: str, types: Sequence[TypeEngine[Any]], rows: Iterable[Sequence[Any]]
) -> int:
    """One statement for many rows of values, `?` standing for each; tells how many rows it changed.

    The values go through their column types as always, but by place.
    """
    values = ready_rows(connection.dialect, types, rows)
    if not values:
        return 0
    # Without the option SQLAlchemy does not ask psycopg how many rows an INSERT wrote.
    options = {"preserve_rowcount": True}
    return rows_changed(
        connection.exec_driver_sql(sql.replace("?", value_mark(connection.dialect)), values, execution_options=options)
    )


def insert_rows(
    connection: Connection, table: Any, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, known_by: str = ""
) -> int:
    """Inserts the rows; one that is known by the unique column `known_by` is passed over."""
    sql = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608
    if known_by:
        sql += f" ON CONFLICT ({known_by}) DO NOTHING"
    return run_for_rows(connection, sql, [table.c[name].type for name in columns], rows)


def ready_rows(
    dialect: Dialect, types: Sequence[TypeEngine[Any]], rows: Iterable[Sequence[Any]]
) -> list[tuple[Any, ...]]:
    """The values as the driver takes them."""
    convert = [_converter(type_, dialect) for type_ in types]
    return [tuple([value if to is None else to(value) for to, value in zip(convert, row, strict=True)]) for row in rows]


def _converter(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """None: the driver takes it as it is. Of days and instants many rows share a few, and equal ones are kept alike."""
    to = type_.dialect_impl(dialect).bind_processor(dialect)
    return _Converted(to).__getitem__ if to is not None and isinstance(type_, Date | UtcDateTime) else to


class _Converted(dict[Any, Any]):
    """Values as the driver takes them, each converted when it is first asked for."""

    def __init__(self, to: Callable[[Any], Any]) -> None:
        super().__init__()
        self._to = to

    def __missing__(self, value: Any) -> Any:
        self[value] = converted = self._to(value)
        return converted
