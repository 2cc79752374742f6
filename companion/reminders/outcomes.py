"""Doses as adherence looks at them, and the figures of a patient's medicines."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.reminders.adherence import PERIODS, DoseOutcome, Figures, figures
from companion.reminders.dose_state import DoseState
from companion.reminders.fills import Coverage, coverage
from companion.reminders.models import Dose
from companion.reminders.supply_state import fills_of

FILLS_DAYS = 365
"""PDC and MPR are of the last year, from the first fill in it (PQA: a measurement year)."""


@dataclass(frozen=True)
class MedicineTaken:
    """One medicine's figures by period, the shortest first, and what its packs say (None: fewer than two fills)."""

    regimen: Regimen
    figures: tuple[Figures, ...]
    fills: Coverage | None


def outcome_of(dose: Dose) -> DoseOutcome:
    return DoseOutcome(dose.due_at, dose.local_on, DoseState(dose.state), dose.taken_at)


def figures_of_all(session: Session, patient: Person, now: datetime, days: int) -> Figures:
    """Of all the patient's medicines together."""
    today = now.astimezone(ZoneInfo(patient.zone)).date()
    return figures(map(outcome_of, _doses(session, patient, now, days)), today, days)


def medicines_taken(
    session: Session, patient: Person, now: datetime, periods: Sequence[int] = PERIODS
) -> list[MedicineTaken]:
    """Of each medicine that had doses, the one prescribed first at the top."""
    today = now.astimezone(ZoneInfo(patient.zone)).date()
    by_regimen: dict[int, list[Dose]] = defaultdict(list)
    for dose in _doses(session, patient, now, max(periods)):
        by_regimen[dose.regimen_id].append(dose)
    found = []
    for _id, doses in sorted(by_regimen.items()):
        regimen = doses[0].regimen
        outcomes = [outcome_of(dose) for dose in doses]
        packs = coverage(fills_of(session, regimen, patient.zone), today - timedelta(days=FILLS_DAYS - 1), today)
        found.append(MedicineTaken(regimen, tuple(figures(outcomes, today, days) for days in periods), packs))
    return found


def _doses(session: Session, patient: Person, now: datetime, days: int) -> list[Dose]:
    """The doses whose time has come, of so many local days and one more to either side."""
    query = select(Dose).where(
        Dose.patient_id == patient.id, Dose.due_at > now - timedelta(days=days + 1), Dose.due_at <= now
    )
    return list(session.scalars(query.order_by(Dose.due_at, Dose.id).options(joinedload(Dose.regimen))))
