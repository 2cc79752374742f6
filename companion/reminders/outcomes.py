"""Doses as adherence looks at them, and the figures of a patient's medicines."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.db import rows_of
from companion.reminders.adherence import PERIODS, DoseOutcome, Figures, figures
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.supply.fills import Coverage, coverage
from companion.reminders.supply.supply_state import fills_of

FILLS_DAYS = 365
"""PDC and MPR are of the last year, from the first fill in it (PQA: a measurement year)."""


@dataclass(frozen=True)
class MedicineTaken:
    """One medicine's figures, a period each, in the order asked for."""

    regimen: Regimen
    figures: tuple[Figures, ...]


def outcome_of(dose: Dose) -> DoseOutcome:
    return DoseOutcome(dose.due_at, dose.local_on, DoseState(dose.state), dose.taken_at)


def outcomes_of(session: Session, patient: Person, now: datetime, days: int) -> list[DoseOutcome]:
    """What became of all the patient's doses whose time has come within so many local days."""
    times = rows_of(session, _TIMES, _span(patient, now, days))
    return [DoseOutcome(due_at, local_on, DoseState(state), taken_at) for due_at, local_on, state, taken_at in times]


def figures_of_all(session: Session, patient: Person, now: datetime, days: int) -> Figures:
    """Of all the patient's medicines together."""
    today = now.astimezone(ZoneInfo(patient.zone)).date()
    return figures(outcomes_of(session, patient, now, days), today, days)


def figures_taken(session: Session, patient: Person, now: datetime, days: int) -> tuple[Figures, dict[str, Figures]]:
    """Of all medicines together, and by the public id of each that had doses; by one statement."""
    by_medicine = outcomes_by_medicine(session, patient, now, days)
    today = now.astimezone(ZoneInfo(patient.zone)).date()
    together = chain.from_iterable(by_medicine.values())
    return figures(together, today, days), {name: figures(some, today, days) for name, some in by_medicine.items()}


def outcomes_by_medicine(session: Session, patient: Person, now: datetime, days: int) -> dict[str, list[DoseOutcome]]:
    """As `outcomes_of`, by the public id of each medicine that had doses."""
    found: dict[str, list[DoseOutcome]] = defaultdict(list)
    for regimen, due_at, local_on, state, taken_at in rows_of(session, _OUTCOMES, _span(patient, now, days)):
        found[regimen].append(DoseOutcome(due_at, local_on, DoseState(state), taken_at))
    return found


_OVER = (
    Dose.patient_id == bindparam("patient"),
    Dose.due_at > bindparam("since"),
    Dose.due_at <= bindparam("now"),
)
_TIMES = select(Dose.due_at, Dose.local_on, Dose.state, Dose.taken_at).where(*_OVER).order_by(Dose.due_at, Dose.id)
"""What an outcome tells, and no more: a page asks for weeks of them."""
_OUTCOMES = (
    select(Regimen.public_id, Dose.due_at, Dose.local_on, Dose.state, Dose.taken_at)
    .join(Regimen, Regimen.id == Dose.regimen_id)
    .where(*_OVER)
    .order_by(Dose.due_at, Dose.id)
)


def medicines_taken(
    session: Session, patient: Person, now: datetime, periods: Sequence[int] = PERIODS
) -> list[MedicineTaken]:
    """Of each medicine that had doses, the one prescribed first at the top."""
    by_regimen: dict[int, list[Dose]] = defaultdict(list)
    for dose in _doses(session, patient, now, max(periods)):
        by_regimen[dose.regimen_id].append(dose)
    today = now.astimezone(ZoneInfo(patient.zone)).date()
    return [
        MedicineTaken(doses[0].regimen, _by_period(doses, today, periods)) for _id, doses in sorted(by_regimen.items())
    ]


def _by_period(doses: Sequence[Dose], today: date, periods: Sequence[int]) -> tuple[Figures, ...]:
    outcomes = [outcome_of(dose) for dose in doses]
    return tuple(figures(outcomes, today, days) for days in periods)


def packs_coverage(session: Session, regimen: Regimen, zone: str, now: datetime) -> Coverage | None:
    """PDC and MPR of the last year; None with packs on fewer than two days, or without a timetable."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return coverage(fills_of(session, regimen, zone), today - timedelta(days=FILLS_DAYS - 1), today)


def _doses(session: Session, patient: Person, now: datetime, days: int) -> list[Dose]:
    return list(session.scalars(_DOSES, _span(patient, now, days)))


def _span(patient: Person, now: datetime, days: int) -> dict[str, Any]:
    """For the doses whose time has come, of so many local days and one more to either side."""
    return {"patient": patient.id, "since": now - timedelta(days=days + 1), "now": now}


_DOSES = select(Dose).where(*_OVER).order_by(Dose.due_at, Dose.id).options(joinedload(Dose.regimen))
