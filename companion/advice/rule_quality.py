"""How the rules do in use: what doctors made of each rule's suggestions, and when a rule may propose no more. Pure.

A rule that more than 40 % of its last 20 reviews rejected suspends itself (clinical.md 4, our own choice [P]). Only
rules that increase do: one that lowers a dose for safety is never silenced, it is shown as often rejected.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from statistics import median

from companion.advice.acts import Decision
from companion.advice.case import Outcome, Reason
from companion.advice.reasons import reason

LAST = 20
MOST_REJECTED = Fraction(40, 100)


@dataclass(frozen=True)
class Judged:
    """What a doctor made of one suggestion. `code`: why it was rejected. `on_card`: how long it was on the screen, as
    far as the page said so."""

    decision: Decision
    code: str | None = None
    on_card: timedelta | None = None


@dataclass(frozen=True)
class InUse:
    """A rule's suggestions so far. `undecided`: expired, or overtaken by new data, before anybody decided."""

    protocol: str
    rule: str
    action: str
    judged: tuple[Judged, ...]
    undecided: int

    def count(self, decision: Decision) -> int:
        return sum(each.decision is decision for each in self.judged)

    @property
    def codes(self) -> list[tuple[str, int]]:
        """Why it was rejected, the most frequent reason first."""
        return Counter(each.code for each in self.judged if each.code is not None).most_common()

    @property
    def median_on_card(self) -> timedelta | None:
        known = [each.on_card.total_seconds() for each in self.judged if each.on_card is not None]
        return timedelta(seconds=median(known)) if known else None

    @property
    def is_often_rejected(self) -> bool:
        return is_rejected_too_often([each.decision for each in self.judged])


def is_rejected_too_often(decisions: Sequence[Decision]) -> bool:
    """Of the newest 20, in order of time; fewer tell too little."""
    last = decisions[-LAST:]
    return len(last) == LAST and Fraction(last.count(Decision.REJECTED), LAST) > MOST_REJECTED


def may_be_suspended(action: str) -> bool:
    """Whether a rule of that action may ever be silenced."""
    return action == "increase"


def held_back(outcome: Outcome, suspended: Collection[str]) -> Outcome:
    """The outcome without the proposal of a suspended rule: a hold that says so, or still urgent, and no dose."""
    if outcome.rule not in suspended or not may_be_suspended(outcome.action):
        return outcome
    is_urgent = outcome.outcome == "urgent"
    why = reason("rule_suspended", rule=outcome.rule)
    return replace(
        outcome,
        outcome="urgent" if is_urgent else "hold",
        action="none",
        to_amount=None,
        reasons=(why, *_without_change(outcome)),
        expires_at=outcome.expires_at if is_urgent else None,
    )


def _without_change(outcome: Outcome) -> Iterable[Reason]:
    """Nothing tells of the dose that is not proposed."""
    return (each for each in outcome.reasons if each.code not in ("increase", "follow_up"))
