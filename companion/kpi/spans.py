"""The middle and the slow end of times, as one that really was. Pure."""

import math
from collections.abc import Sequence
from datetime import timedelta

MEDIAN, P90 = 0.5, 0.9


def nearest_rank(spans: Sequence[timedelta], share: float) -> timedelta | None:
    """The shortest span that at least that share of all of them do not exceed; None of none."""
    if not spans:
        return None
    return sorted(spans)[max(math.ceil(share * len(spans)), 1) - 1]


def seconds(span: timedelta | None) -> int | None:
    """In whole seconds, as figures are kept."""
    return None if span is None else round(span.total_seconds())
