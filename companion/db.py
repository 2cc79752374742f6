"""The database: engine, transactions, and column types that refuse what would be ambiguous."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVarTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    CursorResult,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    create_engine,
    event,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.selectable import TypedReturnsRows
from sqlalchemy.types import TypeDecorator, TypeEngine

from companion.clock import EPOCH, from_ms, to_ms
from companion.write_turns import own_turn

READ_ONLY = "companion_read_only"
IF_FREE = "companion_if_free"

Told = TypeVarTuple("Told")


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


def make_engine(url: str, *, keeps_connections: bool = True) -> Engine:
    """An engine for `url`; SQLite is set up so that a commit survives a power cut and readers never wait.
    Errors do not tell the values of a statement: they end up in logs."""
    pool: dict[str, Any] = {} if keeps_connections else {"poolclass": NullPool}
    pings = keeps_connections and not url.startswith("sqlite")
    engine = create_engine(url, pool_pre_ping=pings, hide_parameters=True, **pool)
    if engine.dialect.name == "sqlite":
        _make_folder(engine.url.database)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_folder(database: str | None) -> None:
    """Of an SQLite file; SQLite itself only makes the file."""
    if database and not _is_in_memory(database):
        Path(database).parent.mkdir(parents=True, exist_ok=True)


def _is_in_memory(database: str | None) -> bool:
    return database in (None, "", ":memory:")


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
        "secure_delete=ON",  # zeros over what goes, as Debian's SQLite does by itself
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Writers take the lock at once: a reader that turns writer half-way would be refused, not queued. A reader takes
    none, so nothing can fail, and the driver is asked directly: a page begins several times."""
    options, database = connection.get_execution_options(), connection.engine.url.database
    if options.get(READ_ONLY):
        driver: Any = connection.connection.dbapi_connection
        driver.execute("BEGIN")
    elif options.get(IF_FREE) or _is_in_memory(database):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        with own_turn(str(database)):
            connection.exec_driver_sql("BEGIN IMMEDIATE")


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


def rows_of(
    session: Session, query: TypedReturnsRows[*Told], values: Mapping[str, Any] | None = None
) -> CursorResult[*Told]:
    """What a statement over columns finds, past the session's own machinery, which takes thrice as long as such a look.
    As with the session, what was changed before is seen."""
    session.flush()
    return session.connection().execute(query, values)


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """`reading` without the mapped objects: for a single look on a path that is taken often."""
    with engine.connect() as connection:
        yield connection.execution_options(**{READ_ONLY: True})


@contextmanager
def writing_if_free(engine: Engine) -> Iterator[Connection | None]:
    """One transaction for what can wait: None where on SQLite anybody writes, be it the thread that asks."""
    with engine.connect() as connection:
        if not _begun(connection):
            yield None
            return
        yield connection
        connection.commit()


def _begun(connection: Connection) -> bool:
    """Whether the transaction could begin at once."""
    if connection.dialect.name != "sqlite":
        return True  # as soon as it asks for anything; who locks there says how long it waits
    driver: Any = connection.connection.dbapi_connection
    driver.execute("PRAGMA busy_timeout=0")
    try:
        connection.execution_options(**{IF_FREE: True}).begin()
    except OperationalError as error:
        if not isinstance(error.orig, sqlite3.Error) or error.orig.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    finally:
        driver.execute(f"PRAGMA busy_timeout={LOCK_WAIT_MS}")
    return True


@contextmanager
def erasing(engine: Engine) -> Iterator[Connection]:
    """One transaction that deletes for good. SQLite writes zeros over what goes, and is told to empty its log
    afterwards as far as those who read allow it; other engines vacuum in their own time."""
    with engine.connect() as connection:
        with connection.begin():
            yield connection
        if connection.dialect.name == "sqlite":
            _empty_log(connection.connection.dbapi_connection)


def _empty_log(connection: Any) -> None:
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
