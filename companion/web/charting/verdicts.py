"""What many values come to in a sentence: how many are in the target, and when they are not. Pure; each says its n.

A verdict describes what was measured. It never says what to do, and nothing of a dose.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from companion.readings.meal_slots import Slot, SlotFigures
from companion.readings.profile import PROFILE_MIN, ProfilePart
from companion.readings.sensor_report import SensorFigures
from companion.web.charting.charts import Pressure, Target, is_above

MOST, HALF = 70.0, 50.0
"""Percent in the target from which it is most of them (the consensus' goal for time in range), or about half."""

FEWEST = 3
"""Values of a part of the day, before anything is said about it. Ours."""
OFTEN = 0.5
"""The share above the target that is called often. Ours."""
LOWS = 2
"""Values below the target in one part of the day that are told. Ours: one may be chance, and stands in the list."""


class Tone(StrEnum):
    MOST = "most"
    HALF = "half"
    FEW = "few"


@dataclass(frozen=True)
class OfPart:
    """`times` of the `n` values of that part of the day."""

    slot: Slot
    times: int
    n: int


@dataclass(frozen=True)
class MeterVerdict:
    """Of a meter's values: `inside` of `n` are in the target. `low` is told first: it is the more dangerous."""

    tone: Tone
    inside: int
    n: int
    low: tuple[OfPart, ...]
    high: tuple[OfPart, ...]


@dataclass(frozen=True)
class SensorVerdict:
    """Of a sensor's time: `percent` in the target. `low` and `high`: from which to which minute of the day."""

    tone: Tone
    percent: float
    low: tuple[tuple[int, int], ...]
    high: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class PressureVerdict:
    """`below` of `n` are below both limits."""

    tone: Tone
    below: int
    n: int


def meter_verdict(parts: Sequence[SlotFigures]) -> MeterVerdict | None:
    """None where nothing was measured."""
    n, inside = sum(part.n for part in parts), sum(part.inside for part in parts)
    if not n:
        return None
    low = tuple(OfPart(part.slot, part.below, part.n) for part in parts if part.below >= LOWS)
    high = tuple(
        OfPart(part.slot, part.above, part.n) for part in parts if part.n >= FEWEST and part.above >= OFTEN * part.n
    )
    return MeterVerdict(_tone(100 * inside / n), inside, n, low, high)


def sensor_verdict(figures: SensorFigures, low: float, high: float) -> SensorVerdict | None:
    """`low` and `high` in mg/dL. Low is told where more than one value in twenty lies below, high where more than
    half lie above: percentiles 5 and 50 of each half hour."""
    percent = figures.metrics.tir_70_180
    if percent is None:
        return None
    return SensorVerdict(
        _tone(percent),
        percent,
        low=_runs(part for part in figures.profile if part.percentiles[0] < low),
        high=_runs(part for part in figures.profile if part.percentiles[2] > high),
    )


def pressure_verdict(bars: Sequence[Pressure], target: Target) -> PressureVerdict | None:
    """None where nothing was measured."""
    if not bars:
        return None
    below = sum(not is_above(bar, target) for bar in bars)
    return PressureVerdict(_tone(100 * below / len(bars)), below, len(bars))


def _tone(percent: float) -> Tone:
    if percent >= MOST:
        return Tone.MOST
    return Tone.HALF if percent >= HALF else Tone.FEW


def _runs(parts: Iterable[ProfilePart]) -> tuple[tuple[int, int], ...]:
    """Half hours that follow each other, as one time."""
    numbered = ((part.part.start_min - PROFILE_MIN * place, part) for place, part in enumerate(parts))
    runs = [[part for _, part in run] for _, run in groupby(numbered, key=lambda pair: pair[0])]
    return tuple((run[0].part.start_min, run[-1].part.end_min) for run in runs)
