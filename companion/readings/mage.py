"""MAGE, the mean amplitude of glycaemic excursions: how high the swings are that count.

Service (1970) had people draw them; this is the algorithm that finds what they draw (Fernandes 2022, the default of
R iglu): where a short moving average crosses a long one a peak or a nadir is behind; an excursion counts when it is
larger than one standard deviation. Rises and falls count alike.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby, pairwise
from math import sqrt
from statistics import fmean
from typing import NamedTuple

from companion.readings.glucose_trace import Trace
from companion.readings.many_numbers import averages_cross

STEP_MIN = 5
STEP = timedelta(minutes=STEP_MIN)
SHORT, LONG = 5, 32
"""How many values of the five-minute grid each moving average spans (Fernandes 2022)."""

SEVERED_STEPS = 180 // STEP_MIN
"""What lies more than three hours apart is looked at on its own (R iglu's `max_gap`)."""

FEWEST, LEAST_DEVIATION = 7, 1.0
"""A piece with fewer values, or as flat as this, has no excursions."""

NOTHING = 1e-9
"""mg/dL. Averages that differ by less are the same: what is left is rounding."""


class _Excursions(NamedTuple):
    """The mean heights of rises and of falls in one piece, and how long the piece is, in steps."""

    means: Sequence[float]
    length: int


def mage(even: Trace) -> float | None:
    """In mg/dL, of a trace with a value every five minutes, whatever the sensor's own interval is; the pieces weighed
    by their length. None where no excursion counts."""
    assert even.step_min == STEP_MIN, "the averages are counted in steps of five minutes"
    found = [_excursions(piece) for piece in _pieces(even.values)]
    weight = sum(each.length * len(each.means) for each in found)
    return sum(each.length * sum(each.means) for each in found) / weight if weight else None


def _pieces(values: Sequence[float | None]) -> Iterator[list[float | None]]:
    """Cut where nothing was measured for more than three hours; no piece begins or ends with a gap."""
    if None not in values:
        yield list(values)
        return
    piece: list[float | None] = []
    for is_gap, stretch in groupby(values, key=lambda value: value is None):
        held = list(stretch)
        if is_gap and piece and len(held) >= SEVERED_STEPS:
            yield piece
            piece = []
        elif not is_gap or piece:
            piece += held
    while piece and piece[-1] is None:
        piece.pop()
    if piece:
        yield piece


def _excursions(piece: Sequence[float | None]) -> _Excursions:
    known = [value for value in piece if value is not None]
    mean = fmean(known)
    deviation = sqrt(sum([(value - mean) ** 2 for value in known]) / (len(known) - 1)) if len(known) > 1 else 0.0
    if len(piece) < FEWEST or deviation < LEAST_DEVIATION:
        return _Excursions([], 0)
    turns = _turning_points(piece)
    heights = (_rises(turns, deviation), _rises([-value for value in turns], deviation))
    return _Excursions([fmean(each) for each in heights if each], len(piece) - 1)


def _turning_points(piece: Sequence[float | None]) -> list[float]:
    """The peaks and nadirs, in order: one between every two crossings, looked for from the one before on."""
    crossings = _crossings(piece)
    turns: list[float] = []
    start = 0
    for (_, is_above), (end, _) in pairwise(crossings):
        known = [value for value in piece[start : end + 1] if value is not None]
        turns.append(max(known) if is_above else min(known))
        start = piece.index(turns[-1], start)
    return turns


def _crossings(piece: Sequence[float | None]) -> list[tuple[int, bool]]:
    """Where the short average crosses the long one, and whether it is above from there on; and both ends."""
    begins_above, found = averages_cross(piece, SHORT, LONG, NOTHING)
    is_above = found[-1][1] if found else begins_above
    return [(0, begins_above), *found, (len(piece) - 1, is_above)]


def _rises(turns: Sequence[float], least: float) -> list[float]:
    """How high each rise of more than `least` is, from its nadir to the peak after which it fell as far again."""
    heights: list[float] = []
    nadir = turns[0]
    peak: float | None = None
    for value in turns:
        if peak is None:
            nadir = min(nadir, value)
            peak = value if value - nadir > least else None
        else:
            peak = max(peak, value)
            if peak - value > least:
                heights.append(peak - nadir)
                nadir, peak = value, None
    return heights if peak is None else [*heights, peak - nadir]
