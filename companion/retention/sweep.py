"""The day's sweep: rows that are past their time go, in small transactions, and the audit says how many."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Engine, TextClause, bindparam, text
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.audit import AuditEntry, newest_entries
from companion.db import UtcDateTime, looking, reading, rows_changed, writing
from companion.retention.plan import SWEPT, Swept

ROWS_AT_ONCE = 1000
MOST_A_DAY = 200_000
"""Rows of one table in one sweep: others write beside it. What is left goes on the next day."""
SWEPT_ACTION = "retention.swept"


class Report(NamedTuple):
    """When it was swept last, and how many rows went of each table that had any."""

    at: datetime
    rows: dict[str, int]


def sweep_daily(engine: Engine, now: datetime) -> dict[str, int] | None:
    """What went of each table; None where the last sweep was less than a day ago. Cut off, it begins anew: what went is
    gone, and the entry comes with the sweep that gets to its end."""
    with reading(engine) as session:
        if not _is_due(session, now):
            return None
    rows = {each.table: gone for each in SWEPT if (gone := _sweep(engine, each, now))}
    with writing(engine) as session:
        audit.take_turn(session)
        if _is_due(session, now):  # no other process told of its own meanwhile
            audit.note(session, actor=audit.BY_SERVICE, action=SWEPT_ACTION, now=now, rows=rows)
    return rows


def last_report(session: Session) -> Report | None:
    """Of the newest sweep; None while there was none."""
    entry = next(newest_entries(session, AuditEntry.action == SWEPT_ACTION, limit=1), None)
    return Report(entry.at, entry.details["rows"]) if entry is not None else None


def _is_due(session: Session, now: datetime) -> bool:
    last = last_report(session)
    return last is None or now - last.at >= timedelta(days=1)


def _sweep(engine: Engine, each: Swept, now: datetime) -> int:
    """By their numbers, so that the table is gone through once; nobody waits while rows are looked for."""
    find, clear = _find(each), _clear(each)
    past: dict[str, Any] = {"before": now - each.kept}
    gone = last = 0
    while gone < MOST_A_DAY:
        with looking(engine) as connection:
            ids = connection.scalars(find, past | {"last": last, "most": ROWS_AT_ONCE}).all()
        if not ids:
            break
        with engine.begin() as connection:
            gone += rows_changed(connection.execute(clear, past | {"ids": ids}))
        last = ids[-1]
    return gone


def _find(each: Swept) -> TextClause:
    query = f"SELECT id FROM {each.table} WHERE id > :last AND {_past(each)} ORDER BY id LIMIT :most"  # noqa: S608
    return text(query).bindparams(_BEFORE)


def _clear(each: Swept) -> TextClause:
    """Looks again at the instant: a row may have changed since it was found."""
    emptied = ", ".join(f"{column} = NULL" for column in each.emptied)
    verb = f"UPDATE {each.table} SET {emptied}" if emptied else f"DELETE FROM {each.table}"  # noqa: S608
    return text(f"{verb} WHERE id IN :ids AND {_past(each)}").bindparams(_BEFORE, bindparam("ids", expanding=True))


def _past(each: Swept) -> str:
    """Names of tables and columns, and conditions, are the plan's own."""
    return f"{each.column} < :before" + (f" AND ({each.only})" if each.only else "")


_BEFORE = bindparam("before", type_=UtcDateTime())
