"""A round of questions as it may be told: nothing of few people, and nothing by which few could be worked out. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from companion.kpi.hiding import FEWEST, shown_parts
from companion.rates import Interval, wilson

SATISFIED = (4, 5)
SCORES = (1, 2, 3, 4, 5)
LEVEL = 0.95


@dataclass(frozen=True)
class Satisfaction:
    """`answered` of `asked` people. CSAT: the share (0-1) that said 4 or 5, with its interval. `counts` only where each
    of the five may be told: beside the share a single hidden one could be worked out."""

    asked: int | None
    answered: int | None
    csat: float | None
    interval: Interval | None
    counts: dict[int, int] | None

    @property
    def may_show_words(self) -> bool:
        return self.answered is not None


def satisfaction(scores: Collection[int], asked: int) -> Satisfaction:
    """`scores`: of those who answered, from 1 to 5."""
    counts = {score: list(scores).count(score) for score in SCORES}
    answered, satisfied = len(scores), sum(counts[score] for score in SATISFIED)
    if not all(shown_parts([answered, asked - answered] if answered < asked else [answered])):
        return Satisfaction(asked if asked >= FEWEST else None, None, None, None, None)
    if not all(shown_parts([satisfied, answered - satisfied])):
        return Satisfaction(asked, answered, None, None, None)
    share = satisfied / answered
    may_count = all(shown_parts(list(counts.values())))
    return Satisfaction(asked, answered, share, wilson(share, answered, LEVEL), counts if may_count else None)
