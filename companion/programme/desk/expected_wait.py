"""How long somebody still waits, from how long others were served. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median

FEWEST = 5
"""With fewer served lately nothing is promised. A house rule."""
LAST = 50
"""So many of the last ones are measured."""


def expected_wait(served: Sequence[timedelta], before: int, at_work: int) -> timedelta | None:
    """`served`: how long each of the last took. `before`: how many wait in front. None: too few were measured, or
    nobody is at work."""
    if len(served) < FEWEST or at_work < 1:
        return None
    middle = median(span.total_seconds() for span in served)
    return timedelta(seconds=middle * (before + 1) / at_work)
