"""A proposal that is not made after all: a hold that says why, or still urgent, without a dose. Pure.

Only increases are ever held back here: what lowers a dose for safety goes its way.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from companion.advice.assessing.case import Outcome, Reason
from companion.advice.assessing.reasons import reason

LEFT_ALONE_FOR = timedelta(days=3)
"""So long an increase that a doctor rejected, or took back, is not proposed again, whatever new values say. [P]"""
OF_THE_CHANGE = ("increase", "follow_up")


def without_suspended(outcome: Outcome, suspended: Collection[str]) -> Outcome:
    """The outcome, or what is left of it when its rule suspended itself."""
    if outcome.rule not in suspended or outcome.action != "increase":
        return outcome
    return _held(outcome, reason("rule_suspended", rule=outcome.rule))


def without_rejected(outcome: Outcome, rejected_at: datetime | None, now: datetime) -> Outcome:
    """The outcome, or what is left of it when a doctor rejected this very increase lately."""
    if outcome.action != "increase" or rejected_at is None or now - rejected_at >= LEFT_ALONE_FOR:
        return outcome
    return _held(outcome, reason("rejected_lately", on=rejected_at.date().isoformat()))


def _held(outcome: Outcome, why: Reason) -> Outcome:
    is_urgent = outcome.outcome == "urgent"
    return replace(
        outcome,
        outcome="urgent" if is_urgent else "hold",
        action="none",
        to_amount=None,
        reasons=(why, *(each for each in outcome.reasons if each.code not in OF_THE_CHANGE)),
        expires_at=outcome.expires_at if is_urgent else None,
    )
