"""The days of `due_work` on PostgreSQL, a partition each: made before their doses are planned, dropped when over.

A day is dropped, not emptied and vacuumed; the doses themselves are history and stay. What belongs to no day, and
what is asked for of a day that is gone, is in the partition `due_work_other`. On SQLite there is nothing to do.
"""

from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

log = structlog.get_logger()

ONE_DAY = timedelta(days=1)
WESTMOST, EASTMOST = timedelta(hours=-12), timedelta(hours=14)
"""The farthest local times from UTC that people live by (IANA time zone database)."""
PATIENCE = "500ms"
"""A day is made and dropped under a lock that no sweep passes: wait no longer for it, the next beat tries again."""
TRY_AGAIN = {"55P03", "40P01"}
"""PostgreSQL's lock_not_available and deadlock_detected."""


def days_of(now: datetime, ahead: timedelta) -> list[date]:
    """Every local day that a dose between `now` and `now` + `ahead` may belong to, anywhere on earth."""
    first, last = (now + WESTMOST).date(), (now + ahead + EASTMOST).date()
    return [first + number * ONE_DAY for number in range((last - first).days + 1)]


def keep_days(engine: Engine, now: datetime, ahead: timedelta) -> None:
    """Makes the days that are missing, and drops those that are over and have nothing left to look at.

    Any number of processes may do so at once: one does it, the others pass. A busy table is left to the next beat.
    """
    if engine.dialect.name != "postgresql":
        return
    wanted = days_of(now, ahead)
    with engine.begin() as connection:
        there = _days_there(connection)
        over = [day for day in sorted(there) if day < wanted[0] and _is_empty(connection, day)]
    missing = [day for day in wanted if day not in there]
    if missing or over:
        _change(engine, missing, over)


def _change(engine: Engine, missing: list[date], over: list[date]) -> None:
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            if _is_ours(connection):
                for day in sorted(set(missing) - _days_there(connection)):
                    _make(connection, day)
                for day in sorted(set(over) & _days_there(connection)):
                    _drop(connection, day)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) not in TRY_AGAIN:
            raise
        log.info("due work is busy; its days are seen to at the next beat")


def _is_ours(connection: Connection) -> bool:
    """Whether no other process changes days; true until the end of the transaction."""
    lock = "SELECT pg_try_advisory_xact_lock('due_work'::regclass::oid::bigint)"
    return bool(connection.exec_driver_sql(lock).scalar())


def _days_there(connection: Connection) -> set[date]:
    parts = connection.exec_driver_sql(
        "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid "
        "WHERE inhparent = 'due_work'::regclass AND relname <> 'due_work_other'"
    )
    return {date.fromisoformat(name.removeprefix("due_work_")) for (name,) in parts}


def _name(day: date) -> str:
    return f"due_work_{day:%Y%m%d}"


def _is_empty(connection: Connection, day: date) -> bool:
    return connection.exec_driver_sql(f"SELECT NOT EXISTS (SELECT FROM {_name(day)})").scalar() is True  # noqa: S608


def _make(connection: Connection, day: date) -> None:
    """A new day. What was asked for of it before it was there moves in."""
    name = _name(day)
    # Nobody may put work of that day among the others between the moving and the attaching.
    connection.exec_driver_sql("LOCK TABLE ONLY due_work IN SHARE UPDATE EXCLUSIVE MODE")
    connection.exec_driver_sql("LOCK TABLE due_work_other IN ACCESS EXCLUSIVE MODE")
    connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE due_work INCLUDING ALL)")
    connection.exec_driver_sql(
        f"WITH moved AS (DELETE FROM due_work_other WHERE due_on = '{day}' RETURNING *) "  # noqa: S608
        f"INSERT INTO {name} SELECT * FROM moved"
    )
    connection.exec_driver_sql(
        f"ALTER TABLE due_work ATTACH PARTITION {name} FOR VALUES FROM ('{day}') TO ('{day + ONE_DAY}')"
    )


def _drop(connection: Connection, day: date) -> None:
    connection.exec_driver_sql("LOCK TABLE ONLY due_work IN ACCESS EXCLUSIVE MODE")
    # Somebody may have asked for something of that day since we looked.
    if _is_empty(connection, day):
        connection.exec_driver_sql(f"DROP TABLE {_name(day)}")
