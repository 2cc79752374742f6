"""Medicines as they are taken, and what became of their doses."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from companion.advice.assessing.case import AmountSince, DosesTaken, DoseState, Regimen
from companion.advice.models import Suggestion
from companion.care import regimens as care
from companion.db import rows_of
from companion.gather.measured import LOOK_BACK
from companion.reminders.adherence import ADVICE_METHOD, DoseOutcome, count_outcomes
from companion.reminders.doses import models as reminders
from companion.reminders.doses.dose_state import DoseState as State

OUTCOMES: dict[str, DoseState] = {
    State.TAKEN: "taken",
    State.SKIPPED: "skipped",
    State.MISSED: "missed",
    State.MISSED_UNREACHED: "missed",  # nothing shows that it was taken
}


class DoseOver(NamedTuple):
    """A dose that is over: of which medicine, and what became of it."""

    regimen_id: int
    regimen: str
    outcome: DoseOutcome


def waiting_for(session: Session, patient_id: int, reviewing: int | None) -> frozenset[int]:
    """The medicines of the patient for which a suggestion waits; `reviewing` does not count as open."""
    return frozenset(rows_of(session, _WAITING, {"patient": patient_id, "reviewing": reviewing or 0}).scalars())


_WAITING = select(Suggestion.regimen_id).where(
    Suggestion.patient_id == bindparam("patient"),
    Suggestion.state == "pending",
    Suggestion.id != bindparam("reviewing"),
)


def regimen_of(regimen: care.Regimen, zone: ZoneInfo, now: datetime, *, is_waited_for: bool) -> Regimen:
    """The medicine as it is taken now. `is_waited_for`: a suggestion about it waits."""
    history = _history(regimen, zone, now)
    held = care.in_force(regimen, now) or regimen.revisions[-1]
    return Regimen(
        id=regimen.public_id,
        drug=regimen.drug,
        drug_class=regimen.drug_class,
        amount=held.amount,
        unit=regimen.unit,
        times=_daily_times(held.rule),
        changed_on=history[-1].on if history else None,
        history=history,
        has_open_suggestion=is_waited_for,
        has_unconfirmed_change=care.must_check_first(regimen) or care.coming_change(regimen, now) is not None,
    )


def _daily_times(rule: dict[str, Any]) -> tuple[str, ...]:
    """The times of an every-day rule. Another rule, or amounts that differ by time, is no stable daily dose: no times,
    so no protocol adjusts it."""
    return tuple(rule["times"]) if rule["kind"] == "daily" and not rule.get("amounts") else ()


def _history(regimen: care.Regimen, zone: ZoneInfo, now: datetime) -> tuple[AmountSince, ...]:
    """The amounts in force, each with the local day it took effect; a revision of times alone is no change."""
    amounts: list[AmountSince] = []
    for revision in regimen.revisions:
        if revision.effective_at is None or revision.effective_at > now:
            continue
        if not amounts or amounts[-1].amount != revision.amount:
            amounts.append(AmountSince(revision.effective_at.astimezone(zone).date(), revision.amount))
    return tuple(amounts)


def doses_of(session: Session, patient_id: int, now: datetime) -> list[DoseOver]:
    """The doses of the last weeks that are over, in the order in which they were due."""
    span = {"patient": patient_id, "since": now - LOOK_BACK, "now": now}
    return [
        DoseOver(regimen_id, regimen, DoseOutcome(due_at, local_on, State(state), taken_at))
        for regimen_id, regimen, due_at, local_on, state, taken_at in rows_of(session, _OVER, span)
    ]


_OVER = (
    select(
        reminders.Dose.regimen_id,
        care.Regimen.public_id,
        reminders.Dose.due_at,
        reminders.Dose.local_on,
        reminders.Dose.state,
        reminders.Dose.taken_at,
    )
    .join(care.Regimen, care.Regimen.id == reminders.Dose.regimen_id)
    .where(
        reminders.Dose.patient_id == bindparam("patient"),
        reminders.Dose.due_at > bindparam("since"),
        reminders.Dose.due_at <= bindparam("now"),
        reminders.Dose.state.in_(list(OUTCOMES)),
    )
    .order_by(reminders.Dose.due_at, reminders.Dose.id)
)


def doses_taken(doses: Iterable[DoseOver], now: datetime) -> DosesTaken:
    """The figure of the gate G01, by the one definition of adherence."""
    counted = count_outcomes((dose.outcome for dose in doses), now)
    return DosesTaken(counted.taken, counted.due, ADVICE_METHOD)
