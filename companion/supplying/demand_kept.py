"""The demand of a week is worked out once, beside the beat, and kept with its back-test; pages read what is there."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine, exists, select
from sqlalchemy.orm import Session

from companion.db import reading, writing
from companion.messages.unique import insert_unless_known
from companion.programme.demand.forecasting import BackTest, Forecast, Verdict
from companion.supplying.demand_facts import Demand, demand, this_week
from companion.supplying.demand_models import DemandForecast, DemandRun

AGAIN_AFTER = timedelta(days=1)
"""A week of which there was nothing to tell is looked at anew so soon: somebody may have noted packs."""


class KeptDemand(NamedTuple):
    """The newest week, when it was worked out, its medicines by name, and how many are left out for their patients are
    too few."""

    week_of: date
    computed_at: datetime
    medicines: Sequence[Demand]
    hidden: int


def keep_demand(engine: Engine, now: datetime, fewest: int) -> bool:
    """Works out this week's, unless it is there; tells whether it did. Of medicines of fewer than `fewest` patients
    nothing is kept. Read first: of a large clinic that takes seconds, in which others have to write."""
    week_of = this_week(now).date()
    with reading(engine) as session:
        seen = session.get(DemandRun, week_of)
        if seen is not None and not _is_worth_another_look(session, seen, now):
            return False
        seen_at = seen.computed_at if seen else None
        found = demand(session, now)
    with writing(engine) as session:
        return _keep(session, week_of, seen_at, found, now, fewest)


def _is_worth_another_look(session: Session, run: DemandRun, now: datetime) -> bool:
    told = session.scalar(select(exists().where(DemandForecast.week_of == run.week_of)))
    return not told and now - run.computed_at >= AGAIN_AFTER


def _keep(
    session: Session, week_of: date, seen_at: datetime | None, found: Sequence[Demand], now: datetime, fewest: int
) -> bool:
    """Another process may have been first: then what it kept stays."""
    new = insert_unless_known(session, DemandRun, "week_of").values(week_of=week_of, computed_at=now, hidden=0)
    session.execute(new)
    run = session.get_one(DemandRun, week_of, with_for_update=True, populate_existing=True)
    if run.computed_at not in (now, seen_at) or session.scalar(
        select(exists().where(DemandForecast.week_of == week_of))
    ):
        return False
    shown = [each for each in found if each.patients >= fewest]
    run.computed_at, run.hidden = now, len(found) - len(shown)
    session.add_all(_row(week_of, each) for each in shown)
    return True


def _row(week_of: date, each: Demand) -> DemandForecast:
    return DemandForecast(
        week_of=week_of,
        drug=each.drug,
        unit=each.unit,
        patients=each.patients,
        coming=[list(week) for week in each.coming],
        mean=each.mean,
        **each.tried._asdict(),
    )


def newest_demand(session: Session) -> KeptDemand | None:
    """None: it was never worked out."""
    run = session.scalar(select(DemandRun).order_by(DemandRun.week_of.desc()).limit(1))
    if run is None:
        return None
    query = select(DemandForecast).where(DemandForecast.week_of == run.week_of).order_by(DemandForecast.drug)
    medicines = [_demand(row) for row in session.scalars(query)]
    return KeptDemand(run.week_of, run.computed_at, medicines, run.hidden)


def _demand(row: DemandForecast) -> Demand:
    tried = BackTest(row.weeks, row.error, row.error_of_last, row.error_of_mean, row.held, Verdict(row.verdict))
    return Demand(row.drug, row.unit, row.patients, [Forecast(*week) for week in row.coming], row.mean, tried)
