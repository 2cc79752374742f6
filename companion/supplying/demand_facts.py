"""What is known of everybody's packs, gathered by a few statements, and the demand of each medicine that follows."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.programme.demand.forecasting import (
    LOOKED_BACK,
    BackTest,
    Forecast,
    History,
    back_test,
    forecast,
    known_weeks,
    tried,
    widening,
)
from companion.reminders.doses.dose_state import LATE_LOG, MISSED, DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.schedules.schedule_models import AsNeededIntake
from companion.reminders.supply.stock import LEAD_DAYS, SAFETY_DAYS, Entry, EntryKind, Use
from companion.reminders.supply.supply_models import Supply, SupplyEntry, stands
from companion.supplying.packs_then import WEEK, Packs, Planned

TRIED_WEEKS = 16
KNOWN_FOR = timedelta(weeks=TRIED_WEEKS + 24)
"""So far back intakes are looked at: a count that is older says nothing any more."""
AHEAD = 4


class Demand(NamedTuple):
    """One medicine: how many patients' packs are known, the coming weeks, the mean of the last ones, and how well it
    would have done."""

    drug: str
    unit: str
    patients: int
    coming: Sequence[Forecast]
    mean: float
    tried: BackTest


def demand(session: Session, now: datetime) -> list[Demand]:
    """Of every medicine of which packs are noted, by its name. Weeks begin on Monday, 0:00 UTC."""
    groups: defaultdict[tuple[str, str], list[Packs]] = defaultdict(list)
    for packs in packs_of_all(session, now):
        groups[(packs.drug.casefold(), packs.unit)].append(packs)
    return [_of_medicine(groups[key], now) for key in sorted(groups)]


def this_week(now: datetime) -> datetime:
    """Its Monday."""
    monday = now.date() - timedelta(days=now.weekday())
    return datetime.combine(monday, time.min, now.tzinfo)


def _of_medicine(group: Sequence[Packs], now: datetime) -> Demand:
    first = this_week(now) - TRIED_WEEKS * WEEK
    begins = [first + n * WEEK for n in range(TRIED_WEEKS)]
    standings = [[s for packs in group if (s := packs.standing(begin)) is not None] for begin in begins]
    refills = [sum(packs.refills_in(begin, begin + WEEK) for packs in group) for begin in begins]
    known_from = next((n for n, known in enumerate(standings) if known), TRIED_WEEKS)
    history = History(standings[known_from:], refills[known_from:])
    known, lately = known_weeks(history), history.refills[-LOOKED_BACK:]
    today = [(packs.patient, standing) for packs in group if (standing := packs.standing(now)) is not None]
    return Demand(
        drug=group[0].drug,
        unit=group[0].unit,
        patients=len({patient for patient, _standing in today}),
        coming=forecast([standing for _patient, standing in today], AHEAD, widening(known, history.refills)),
        mean=sum(lately) / len(lately) if lately else 0.0,
        tried=back_test(tried(known, history.refills)),
    )


def packs_of_all(session: Session, now: datetime) -> Iterator[Packs]:
    """Of everybody who is here, every medicine with packs that were ever noted."""
    since = now - KNOWN_FOR
    with_packs = select(SupplyEntry.regimen_id)
    rows = session.execute(
        select(Regimen.id, Regimen.drug, Regimen.unit, Regimen.patient_id, Regimen.stopped_at)
        .join(Person, Person.id == Regimen.patient_id)
        .where(Regimen.id.in_(with_packs), Person.left_at.is_(None))
        .order_by(Regimen.id)
    ).all()
    entries, planned, uses = _entries(session), *_doses(session, since)
    for regimen_id, needed in _as_needed(session, since).items():
        uses[regimen_id] += needed
    reserve = select(Supply.regimen_id, Supply.lead_days + Supply.safety_days)
    reserves = {row[0]: int(row[1]) for row in session.execute(reserve)}
    for row in rows:
        yield Packs(
            drug=row.drug,
            unit=row.unit,
            patient=row.patient_id,
            reserve_days=reserves.get(row.id, LEAD_DAYS + SAFETY_DAYS),
            entries=entries[row.id],
            uses=sorted(uses[row.id]),
            planned=planned[row.id],
            uses_from=since,
            stopped_at=row.stopped_at,
        )


def _entries(session: Session) -> defaultdict[int, list[Entry]]:
    found: defaultdict[int, list[Entry]] = defaultdict(list)
    query = select(SupplyEntry.regimen_id, SupplyEntry.at, SupplyEntry.kind, SupplyEntry.amount)
    for regimen_id, at, kind, amount in session.execute(query.where(stands()).order_by(SupplyEntry.at, SupplyEntry.id)):
        found[regimen_id].append(Entry(at, EntryKind(kind), amount))
    return found


def _as_needed(session: Session, since: datetime) -> defaultdict[int, list[Use]]:
    found: defaultdict[int, list[Use]] = defaultdict(list)
    query = select(AsNeededIntake.regimen_id, AsNeededIntake.taken_at, AsNeededIntake.amount)
    for regimen_id, at, amount in session.execute(
        query.where(AsNeededIntake.undone_at.is_(None), AsNeededIntake.taken_at > since)
    ):
        found[regimen_id].append(Use(at, amount))
    return found


def _doses(session: Session, since: datetime) -> tuple[defaultdict[int, list[Planned]], defaultdict[int, list[Use]]]:
    """The doses that are over, and what was taken of them."""
    over = [DoseState.TAKEN.value, DoseState.SKIPPED.value, *(state.value for state in MISSED)]
    columns: tuple[Any, ...] = (
        Dose.regimen_id, Dose.due_at, Dose.amount, Dose.state, Dose.taken_at, Dose.answered_at, Dose.amount_taken,
    )  # fmt: skip
    query = select(*columns).where(
        Dose.regimen_id.in_(select(SupplyEntry.regimen_id)), Dose.state.in_(over), Dose.due_at > since - LATE_LOG
    )
    found: defaultdict[int, list[Planned]] = defaultdict(list)
    uses: defaultdict[int, list[Use]] = defaultdict(list)
    for row in session.execute(query.order_by(Dose.due_at)):
        is_taken = row.state == DoseState.TAKEN
        taken = (row.amount if row.amount_taken is None else row.amount_taken) if is_taken else Decimal(0)
        found[row.regimen_id].append(Planned(row.due_at, row.amount, taken))
        if is_taken:
            uses[row.regimen_id].append(Use(row.taken_at or row.answered_at or row.due_at, taken))
    return found, uses
