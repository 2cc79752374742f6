"""Dose rows for the next days, from the revision in force. Planning twice changes nothing; what a person was
told is never moved."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.metadata import version
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision, in_force
from companion.care.tasks import TaskKind, add_task
from companion.clock import MILLISECOND
from companion.reminders.dose_state import DoseState, window_ends_at
from companion.reminders.models import Dose
from companion.reminders.rule import Schedule
from companion.reminders.rule_json import parse_rule
from companion.reminders.timetable import PlannedDose, plan

PLAN_AGAIN_AFTER = timedelta(hours=12)
LOOK_AHEAD = timedelta(days=1)
"""How far past the horizon the next dose is looked for, because a window ends where the next dose begins."""


@dataclass(frozen=True)
class _Wanted:
    """One dose as the regimen wants it now."""

    planned: PlannedDose
    slot: int
    window_ends_at: datetime
    amount: Decimal


MINUTES_OF_A_DAY = 1440


def slot_of(planned: PlannedDose, zone: ZoneInfo) -> int:
    """The stored slot: the minute of the local day. Changing other times of the day does not rename a dose.

    An interval can fall on a wall time twice in the night when the clocks go back: the second time is a day on.
    """
    minute = planned.local.hour * 60 + planned.local.minute
    return minute + MINUTES_OF_A_DAY * planned.due_at.astimezone(zone).fold


def schedule_of(revision: RegimenRevision, zone: str) -> Schedule:
    """The revision's rule on the patient's wall."""
    return Schedule(ZoneInfo(zone), revision.start_on, revision.end_on, parse_rule(revision.rule))


def plan_regimen(session: Session, regimen_id: int, now: datetime, ahead: timedelta) -> None:
    """Brings the dose rows of `regimen_id` up to now + ahead in line with the revision in force.

    New doses are planned from where planning stopped; rows still planned (nobody was told) follow a changed
    rule or amount, or are cancelled; all others stay.
    """
    regimen = session.get_one(Regimen, regimen_id)
    revision = in_force(regimen, now)
    until = now + ahead
    wanted = [] if regimen.stopped_at else _wanted(session, regimen, revision, now, until)
    # A medicine stopped while nobody planned has no doses from its stop on, also those whose time has come since.
    since = min(now, regimen.stopped_at) if regimen.stopped_at else now + MILLISECOND
    rows = _rows_from(session, regimen_id, since, wanted)
    for dose in wanted:
        key = (dose.planned.local.date(), dose.slot)
        _bring_in_line(session, regimen, revision, dose, rows.pop(key, None))
    for row in rows.values():
        if row.state == DoseState.PLANNED:
            row.state = DoseState.CANCELLED.value
            due_work.finish(session, WorkKind.DOSE, row.id)
    regimen.planned_until = until
    if regimen.stopped_at:
        due_work.finish(session, WorkKind.PLAN, regimen_id)
    else:
        due_work.put_off(session, WorkKind.PLAN, regimen_id, now + PLAN_AGAIN_AFTER)


def _wanted(
    session: Session, regimen: Regimen, revision: RegimenRevision | None, now: datetime, until: datetime
) -> list[_Wanted]:
    if revision is None or revision.effective_at is None:
        return []
    # A revision that took effect after planning had run ahead counts from its own instant, not from the horizon.
    start = max(min(regimen.planned_until or now, now), revision.effective_at)
    zone = session.scalars(select(Person.zone).where(Person.id == regimen.patient_id)).one()
    planned = list(plan(schedule_of(revision, zone), start, until + LOOK_AHEAD))
    doses = [dose for dose in planned if dose.note != "merged"]
    for dose in planned:
        if dose.note == "merged" and dose.due_at < until:
            _ask_about_collision(session, regimen, dose, now)
    return [
        _Wanted(
            dose,
            slot_of(dose, ZoneInfo(zone)),
            window_ends_at(dose.due_at, regimen.grace_minutes, later.due_at if later else None),
            Decimal(dose.amount) if dose.amount else revision.amount,
        )
        for dose, later in zip_longest(doses, doses[1:])
        if dose.due_at < until
    ]


def _ask_about_collision(session: Session, regimen: Regimen, dose: PlannedDose, now: datetime) -> None:
    """The clocks moved this dose onto another one of the same medicine: nobody is reminded of two at once. It is
    held, and the clinic is asked what the patient is to take."""
    add_task(
        session,
        unique_key=f"doses_collide:{regimen.id}:{dose.local:%Y-%m-%dT%H:%M}",
        kind=TaskKind.DOSES_COLLIDE,
        patient_id=regimen.patient_id,
        now=now,
        due_at=dose.due_at,
        details={"regimen": regimen.public_id, "local": f"{dose.local:%Y-%m-%d %H:%M}"},
    )


def _rows_from(session: Session, regimen_id: int, since: datetime, wanted: list[_Wanted]) -> dict[Any, Dose]:
    """The rows that planning may touch: those due from `since` on, and those on the days that are wanted."""
    first = min((dose.planned.due_at for dose in wanted), default=since)
    rows = session.scalars(
        select(Dose).where(Dose.regimen_id == regimen_id, Dose.due_at >= min(first, since) - timedelta(days=2))
    )
    wanted_keys = {(dose.planned.local.date(), dose.slot) for dose in wanted}
    return {
        (row.local_on, row.slot): row for row in rows if row.due_at >= since or (row.local_on, row.slot) in wanted_keys
    }


def _bring_in_line(
    session: Session, regimen: Regimen, revision: RegimenRevision | None, dose: _Wanted, row: Dose | None
) -> None:
    assert revision is not None, "doses are wanted only where a revision is in force"
    planned = dose.planned
    if row is None:
        row = Dose(
            patient_id=regimen.patient_id,
            regimen_id=regimen.id,
            local_on=planned.local.date(),
            local_time=f"{planned.local:%H:%M}",
            slot=dose.slot,
            state=DoseState.PLANNED.value,
        )
        session.add(row)
    elif row.state not in (DoseState.PLANNED, DoseState.CANCELLED) or _is_in_line(row, revision, dose):
        return
    row.state = DoseState.PLANNED.value
    row.revision_id = revision.id
    row.due_at = planned.due_at
    row.window_ends_at = dose.window_ends_at
    row.amount = dose.amount
    row.tzdata = version("tzdata")
    session.flush()
    due_work.put_off(session, WorkKind.DOSE, row.id, row.due_at, due_on=row.local_on)


def _is_in_line(row: Dose, revision: RegimenRevision, dose: _Wanted) -> bool:
    return (row.state, row.revision_id, row.due_at, row.window_ends_at, row.amount) == (
        DoseState.PLANNED,
        revision.id,
        dose.planned.due_at,
        dose.window_ends_at,
        dose.amount,
    )
