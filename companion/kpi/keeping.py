"""The figures of a day are counted once, by the jobs process, and kept; pages read what is there."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.db import reading, writing
from companion.errors import Unavailable
from companion.kpi.counting import count
from companion.kpi.figures import Counted, newest_day, trend_days
from companion.kpi.models import ClinicFigure
from companion.many_rows import insert_rows
from companion.readings.store import ReadingStore

log = structlog.get_logger()


def keep_figures(engine: Engine, store: ReadingStore, now: datetime) -> int:
    """Counts what is missing of the newest day and of the Mondays before it; of how many days.

    While the readings do not answer it waits for the next turn.
    """
    missing = _missing(engine, newest_day(now))
    try:
        for until_on in missing:
            _keep(engine, until_on, count(engine, store, until_on), now)
    except Unavailable as away:
        log.warning("the clinic's figures wait for the readings", reason=str(away))
        return 0
    return len(missing)


def _missing(engine: Engine, newest: date) -> list[date]:
    """The newest first: it is what is looked at."""
    wanted = {newest, *trend_days(newest)}
    with reading(engine) as session:
        return sorted(wanted - set(figures_of(session, wanted)), reverse=True)


def _keep(engine: Engine, until_on: date, figures: Collection[Counted], now: datetime) -> None:
    """Another process may have been first: then its figures stay."""
    rows = [(until_on, *figure, now) for figure in figures]
    columns = ("until_on", *Counted._fields, "made_at")
    with writing(engine) as session:
        insert_rows(session.connection(), ClinicFigure.__table__, columns, rows, known_by="until_on, name")


def figures_of(session: Session, days: Collection[date]) -> dict[date, list[Counted]]:
    """Those of the days that were counted."""
    found: defaultdict[date, list[Counted]] = defaultdict(list)
    columns = ClinicFigure.until_on, ClinicFigure.name, ClinicFigure.n, ClinicFigure.of, ClinicFigure.people
    for until_on, name, n, of, people in session.execute(select(*columns).where(ClinicFigure.until_on.in_(days))):
        found[until_on].append(Counted(name, n, of, people))
    return dict(found)


def newest_counted(session: Session) -> tuple[date, datetime] | None:
    """The newest day whose figures are there, and when they were counted."""
    query = select(ClinicFigure.until_on, ClinicFigure.made_at).order_by(ClinicFigure.until_on.desc()).limit(1)
    row = session.execute(query).first()
    return (row[0], row[1]) if row else None
