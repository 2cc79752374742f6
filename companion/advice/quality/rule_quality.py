"""How the rules do in use: what doctors made of each rule's suggestions, and when a rule may propose no more. Pure.

A rule that more than 40 % of its last 20 reviews rejected suspends itself (clinical.md 4, our own choice [P]). Only
rules that increase do: one that lowers a dose for safety is never silenced, it is shown as often rejected.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from statistics import median

from companion.advice.deciding.acts import Decision

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
