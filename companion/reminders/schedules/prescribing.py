"""What is held against a rule before a clinician prescribes it, and what it would mean: its next times.

A rule that `companion timetable` can read may still be nothing that a person can follow, or that this service can
keep; every refusal names the field of the rule.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.regimens import Regimen, in_force
from companion.errors import BadInput
from companion.reminders.schedules.after_intake import first_in_chain
from companion.reminders.schedules.rule import (
    AfterTaken,
    AsNeeded,
    Cycle,
    EveryNDays,
    Interval,
    Linked,
    Rule,
    Schedule,
    Taper,
    Window,
)
from companion.reminders.schedules.rule_fields import MINUTES_A_DAY
from companion.reminders.schedules.rule_json import parse_rule
from companion.reminders.schedules.timetable import plan

MOST_A_DAY = 96
"""Every quarter of an hour, day and night. More is a slip of the pen: nobody follows it, and every dose is a row, a
message and a question. A house rule, without a source."""
LONGEST_DAYS = 366
"""No day, step, gap or wait of a rule is longer. More is a slip of the pen, too, and would leave the calendar. A house
rule, without a source."""
LONGEST_LINK = timedelta(days=1)
"""A dose linked to another one by more than a day is a rule of its own."""
SHOWN = 3
LONGEST_PREVIEW = timedelta(days=400)
"""Far enough for the rarest rule: one day of the month, after a cycle's longest pause of a year."""


@dataclass(frozen=True)
class Prescribable:
    """A rule that was held against everything, as JSON carries it, and the amount for the revision."""

    rule: Rule
    as_json: dict[str, Any]
    amount: Decimal


def check(told: Any, amount: Decimal | None, where: str = "rule") -> Prescribable:
    """The rule and the amount of one intake (the largest, where the rule names amounts). Raises BadInput."""
    rule = parse_rule(told, where)
    _check_how_often(rule, where)
    _check_how_long(rule, where)
    named = _amounts_of(rule, where)
    if not named and amount is None:
        raise BadInput("an amount is needed", where="amount", advice="write how much is taken each time")
    return Prescribable(rule, dict(told), max(named) if named else amount or Decimal(0))


def _check_how_often(rule: Rule, where: str) -> None:
    field, often = _most_a_day(rule)
    if often > MOST_A_DAY:
        advice = f"at most {MOST_A_DAY} doses a day"
        raise BadInput(f"{often:.0f} doses a day cannot be followed", where=f"{where}.{field}", advice=advice)


def _most_a_day(rule: Rule) -> tuple[str, float]:
    """The field that says how often, and the doses of the fullest day."""
    match rule:
        case Interval() | AfterTaken():
            return "hours", timedelta(days=1) / rule.every
        case AsNeeded():
            return "max_per_24h", rule.max_per_24h
        case Linked():
            return "minutes", 0
        case Taper():
            return "steps", max(len(step.times) for step in rule.steps)
    return "every_minutes" if hasattr(rule, "every_minutes") else "times", len(rule.times)


def _check_how_long(rule: Rule, where: str) -> None:
    for field, days in _lengths(rule):
        if days > LONGEST_DAYS:
            raise BadInput("is more than a year", where=f"{where}.{field}", advice=f"at most {LONGEST_DAYS} days")


def _lengths(rule: Rule) -> Iterable[tuple[str, int]]:
    """Every length that the rule names, in whole days, with its field."""
    match rule:
        case EveryNDays():
            return [("n", rule.n)]
        case Cycle():
            return [("on", rule.on), ("off", rule.off)]
        case Taper():
            return [(f"steps[{place}].days", step.days) for place, step in enumerate(rule.steps)]
        case Interval() | AfterTaken():
            return [("hours", rule.every.days)]
        case Window():
            return [("every_minutes", rule.every_minutes // MINUTES_A_DAY)]
        case AsNeeded():
            return [("min_gap_minutes", rule.min_gap_minutes // MINUTES_A_DAY)]
        case Linked():
            return [("minutes", rule.minutes // MINUTES_A_DAY)]
    return []


def _amounts_of(rule: Rule, where: str) -> list[Decimal]:
    if isinstance(rule, Taper):
        told = [(step.amount, f"{where}.steps[{place}].amount") for place, step in enumerate(rule.steps)]
    else:
        told = [(amount, f"{where}.amounts") for amount in getattr(rule, "amounts", ())]
    return [_amount(amount, place) for amount, place in told]


def _amount(text: str, where: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not (amount.is_finite() and 0 < amount <= 100_000):
        raise BadInput(f"{text!r} is not an amount", where=where, advice="write a number above 0")
    return amount


def check_link(session: Session, rule: Rule, patient_id: int, regimen: Regimen | None, now: datetime) -> Regimen | None:
    """The medicine that a linked rule speaks of (None: the rule is of another kind). It has to be another running
    medicine of the same patient, with doses of its own, and may not wait for this one in turn. Raises BadInput."""
    if not isinstance(rule, Linked):
        return None
    if timedelta(minutes=rule.minutes) > LONGEST_LINK:
        raise BadInput("more than a day", where="rule.minutes", advice="at most 1440 minutes")
    other = _other_medicine(session, rule, patient_id)
    seen = {regimen.public_id} if regimen else set()
    link: Linked | None = rule
    while link is not None:
        if link.to in seen:
            raise BadInput(
                "would wait for itself", where="rule.to", advice="link it to a medicine with times of its own"
            )
        seen.add(str(link.to))
        link = _link_of(_other_medicine(session, link, patient_id), now)
    return other


def _other_medicine(session: Session, rule: Linked, patient_id: int) -> Regimen:
    wanted = Regimen.public_id == rule.to, Regimen.patient_id == patient_id, Regimen.stopped_at.is_(None)
    found = session.scalar(select(Regimen).where(*wanted)) if rule.to else None
    if found is None:
        raise BadInput("no running medicine of this patient", where="rule.to", advice="choose the other medicine")
    return found


def _link_of(regimen: Regimen, now: datetime) -> Linked | None:
    held = in_force(regimen, now) or (regimen.revisions[-1] if regimen.revisions else None)
    rule = parse_rule(held.rule) if held else None
    if rule is None or isinstance(rule, AsNeeded):
        raise BadInput("that medicine has no doses of its own", where="rule.to", advice="choose another one")
    return rule if isinstance(rule, Linked) else None


def next_times(schedule: Schedule, now: datetime) -> list[datetime]:
    """The next instants at which the schedule asks for a dose, at most three; none for what is taken as needed or
    after another medicine. Raises BadInput when no dose would ever be due."""
    rule = schedule.rule
    if isinstance(rule, AsNeeded | Linked):
        return []
    midnight = datetime.combine(schedule.start, time.min, schedule.zone).astimezone(now.tzinfo)
    begin = max(now, midnight)
    if isinstance(rule, AfterTaken):
        return [first_in_chain(schedule.start, schedule.zone, begin)]
    found = [dose.due_at for dose in islice(plan(schedule, begin, begin + LONGEST_PREVIEW), SHOWN)]
    if not found:
        raise BadInput("no dose would ever be due", where="end_on", advice="check the days")
    return found
