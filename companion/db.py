"""The database: engine, transactions, and column types that refuse what would be ambiguous."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    create_engine,
    event,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator, TypeEngine

from companion.clock import EPOCH, from_ms, to_ms

READ_ONLY = "companion_read_only"


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Refuses datetimes without a zone; gives aware UTC back.

    PostgreSQL keeps a timestamptz. SQLite, which has no such type, keeps integer milliseconds since 1970:
    they compare and index as numbers, and reading one costs a tenth of parsing a text.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(f"an instant needs a time zone: {value!r}")
        return to_ms(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return from_ms(value) if dialect.name == "sqlite" else value.astimezone(UTC)


def instant_kept(value: Any) -> datetime:
    """The instant that a column of the type above keeps, straight from the driver; 1970 where it keeps none, because
    somebody wrote over it."""
    try:
        return from_ms(value) if isinstance(value, int) else value.astimezone(UTC)
    except (AttributeError, OverflowError):
        return EPOCH


class DecimalText(TypeDecorator[Decimal]):
    """A Decimal kept as its own digits: "12.50" comes back as 12.50, on every backend."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        if value is not None and not isinstance(value, Decimal):
            raise TypeError(f"a Decimal is needed: {value!r}")
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


RowId = BigInteger().with_variant(Integer, "sqlite")
"""A surrogate key: SQLite gives rowids only to columns declared INTEGER."""


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), Decimal: DecimalText()}


def make_engine(url: str) -> Engine:
    """An engine for `url`; SQLite is set up so that a commit survives a power cut and readers never wait."""
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        _make_folder(engine.url.database)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_folder(database: str | None) -> None:
    """Of an SQLite file; SQLite itself only makes the file."""
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)


LOCK_WAIT_MS = 15_000
LOG_WAIT_MS = 1_000
"""How long SQLite waits for others before it gives up."""


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not open transactions behind our back
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # acknowledged means durable
        "foreign_keys=ON",
        f"busy_timeout={LOCK_WAIT_MS}",
        "cache_size=-65536",
        "wal_autocheckpoint=16384",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Writers take the lock at once: a reader that turns writer half-way would be refused, not queued."""
    reads = connection.get_execution_options().get(READ_ONLY)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One transaction that may write: committed at the end, rolled back on any exception."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One consistent look at the database that takes no write lock."""
    with Session(engine) as session:
        session.connection(execution_options={READ_ONLY: True})
        yield session


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """`reading` without the mapped objects: for a single look on a path that is taken often."""
    with engine.connect() as connection:
        yield connection.execution_options(**{READ_ONLY: True})


@contextmanager
def erasing(engine: Engine) -> Iterator[Connection]:
    """One transaction that deletes for good. SQLite is told to write zeros over what goes, and to empty its log
    afterwards as far as those who read allow it; other engines vacuum in their own time."""
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        with connection.begin():
            if is_sqlite:
                connection.exec_driver_sql("PRAGMA secure_delete=ON")
            yield connection
        if is_sqlite:
            _empty_log(connection.connection.dbapi_connection)


def _empty_log(connection: Any) -> None:
    connection.execute("PRAGMA secure_delete=OFF")
    # It waits for readers, and writers wait for it: a second, not the usual fifteen.
    connection.execute(f"PRAGMA busy_timeout={LOG_WAIT_MS}")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.execute(f"PRAGMA busy_timeout={LOCK_WAIT_MS}")


def partitions(connection: Connection) -> set[str]:
    """The tables that are parts of another one. They come and go, and no model describes them."""
    if connection.dialect.name != "postgresql":
        return set()
    parts = connection.exec_driver_sql("SELECT relname FROM pg_class WHERE relispartition AND relkind IN ('r', 'p')")
    return {name for (name,) in parts}


def rows_changed(result: Any) -> int:
    """How many rows a guarded UPDATE or DELETE really changed: 0 means somebody else was first."""
    count = result.rowcount
    assert isinstance(count, int)
    return count


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

    The values go through their column types as always, but by place: naming every value of every row, as
    SQLAlchemy does, costs more than writing them.
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
    convert = [type_.dialect_impl(dialect).bind_processor(dialect) for type_ in types]
    return [tuple([value if to is None else to(value) for to, value in zip(convert, row, strict=True)]) for row in rows]
