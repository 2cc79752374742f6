"""Once a day the whole audit is checked, and what was found is kept: a page cannot go through a long chain itself."""

from collections.abc import Collection
from datetime import UTC, date, datetime

import structlog
from sqlalchemy import Engine, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care.anchors import kept_anchors
from companion.care.audit import last_entry
from companion.care.audit_check import Report, check
from companion.db import Base, RowId, reading, writing
from companion.many_rows import insert_rows

log = structlog.get_logger()


class AuditCheckup(Base):
    """What a day's check (UTC) found, up to the entry `last_entry`; the other fields as in `audit_check.Report`.
    `first_wrong` and `what`: the first fault, if there is one."""

    __tablename__ = "audit_checkup"

    day: Mapped[date] = mapped_column(primary_key=True)
    checked_at: Mapped[datetime]
    last_entry: Mapped[int] = mapped_column(RowId)
    entries: Mapped[int] = mapped_column(RowId)
    without_key: Mapped[int] = mapped_column(RowId)
    reads: Mapped[int] = mapped_column(RowId)
    anchors: Mapped[int]
    wrong: Mapped[int]
    first_wrong: Mapped[int | None] = mapped_column(RowId)
    what: Mapped[str] = mapped_column(String(300))

    @property
    def holds(self) -> bool:
        return self.wrong == 0


def check_daily(engine: Engine, public_keys: Collection[str], now: datetime) -> bool:
    """Checks everything unless that day's check is there; whether it did. A fault is logged, too."""
    day = now.astimezone(UTC).date()
    with reading(engine) as session:
        if session.get(AuditCheckup, day) is not None:
            return False
        last = last_entry(session)
        report = check(session, kept_anchors(session), public_keys)
    if report.first:
        log.error("the audit does not hold", entry=report.first.entry, what=report.first.what, faults=report.wrong)
    _keep(engine, day, last.id if last else 0, report, now)
    return True


def _keep(engine: Engine, day: date, last: int, report: Report, now: datetime) -> None:
    """Another process may have been first."""
    first = report.first
    found = {
        "day": day,
        "checked_at": now,
        "last_entry": last,
        "entries": report.entries,
        "without_key": report.without_key,
        "reads": report.reads,
        "anchors": report.anchors,
        "wrong": report.wrong,
        "first_wrong": first.entry if first else None,
        "what": first.what[:300] if first else "",
    }
    with writing(engine) as session:
        insert_rows(session.connection(), AuditCheckup.__table__, list(found), [list(found.values())], known_by="day")


def newest_checkup(session: Session) -> AuditCheckup | None:
    """The last one that was made."""
    return session.scalar(select(AuditCheckup).order_by(AuditCheckup.day.desc()).limit(1))
