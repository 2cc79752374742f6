"""Medicines as they are taken, and what became of their doses."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from companion.advice.assessing.case import AmountSince, DosesTaken, DoseState, Regimen
from companion.advice.models import Suggestion
from companion.care import regimens as care
from companion.gather.measured import LOOK_BACK
from companion.reminders.adherence import ADVICE_METHOD, count_outcomes
from companion.reminders.doses import models as reminders
from companion.reminders.doses.dose_state import DoseState as State
from companion.reminders.outcomes import outcome_of

OUTCOMES: dict[str, DoseState] = {
    State.TAKEN: "taken",
    State.SKIPPED: "skipped",
    State.MISSED: "missed",
    State.MISSED_UNREACHED: "missed",  # nothing shows that it was taken
}


def regimen_of(
    session: Session, regimen: care.Regimen, zone: ZoneInfo, now: datetime, reviewing: int | None
) -> Regimen:
    """The medicine as it is taken now. `reviewing`: the suggestion that does not count as open."""
    history = _history(regimen, zone, now)
    held = care.in_force(regimen, now) or regimen.revisions[-1]
    waiting = session.scalar(
        select(Suggestion.id).where(
            Suggestion.regimen_id == regimen.id, Suggestion.state == "pending", Suggestion.id != (reviewing or 0)
        )
    )
    return Regimen(
        id=regimen.public_id,
        drug=regimen.drug,
        drug_class=regimen.drug_class,
        amount=held.amount,
        unit=regimen.unit,
        times=_daily_times(held.rule),
        changed_on=history[-1].on if history else None,
        history=history,
        has_open_suggestion=waiting is not None,
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


def doses_of(session: Session, patient_id: int, now: datetime) -> list[reminders.Dose]:
    """The doses of the last weeks that are over."""
    query = select(reminders.Dose).where(
        reminders.Dose.patient_id == patient_id,
        reminders.Dose.due_at > now - LOOK_BACK,
        reminders.Dose.due_at <= now,
        reminders.Dose.state.in_(list(OUTCOMES)),
    )
    return list(session.scalars(query.order_by(reminders.Dose.due_at).options(joinedload(reminders.Dose.regimen))))


def doses_taken(doses: Sequence[reminders.Dose], now: datetime) -> DosesTaken:
    """The figure of the gate G01, by the one definition of adherence."""
    counted = count_outcomes(map(outcome_of, doses), now)
    return DosesTaken(counted.taken, counted.due, ADVICE_METHOD)
