"""A sensor's values on an even grid: what every figure about movement is read from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import groupby
from math import ceil

from companion.readings.glucose_metrics import Glucose
from companion.readings.many_numbers import on_grid

BRIDGED_S = 45 * 60
"""Between two values further apart than this nobody knows what was (R iglu's `inter_gap`, 45 minutes)."""

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True)
class Trace:
    """Values in mg/dL, one every `step_min` minutes, at whole multiples of the step since 1970 UTC: in any zone that
    is whole steps from UTC these are the same instants as counted from local midnight. `values` None: in a gap.
    """

    step_min: int
    values: Sequence[float | None]

    def steps(self, minutes: float) -> int:
        """How many steps that is, at least; never none."""
        return max(1, ceil(minutes / self.step_min))

    @cached_property
    def from_day_to_day(self) -> list[float]:
        """The differences over 24 hours: elapsed ones, on the two days of a clock change not the same time of day."""
        return self.differences(MINUTES_A_DAY)

    def differences(self, minutes: int) -> list[float]:
        """Later less earlier, for every pair so far apart of which both are known."""
        later = self.values[round(minutes / self.step_min) :]
        pairs = zip(self.values, later, strict=False)
        return [after - before for before, after in pairs if before is not None and after is not None]


def trace(glucose: Glucose, step: timedelta | None = None) -> Trace | None:
    """The values laid on a grid by straight lines, except across gaps. `step`, whole minutes: the device's usual
    interval where it is not said. None for fewer than two values."""
    step = step or glucose.usual_interval
    if step is None or len(glucose.taken_at_ms) < 2:
        return None
    step_min = step // timedelta(minutes=1)
    return Trace(step_min, on_grid(glucose.seconds, glucose.mg_dl, step_min * 60.0, BRIDGED_S))


def unbroken(values: Sequence[float | None]) -> list[list[float]]:
    """The stretches without a gap, in order."""
    known = [value for value in values if value is not None]
    if len(known) == len(values):
        return [known]
    stretches = groupby(values, key=lambda value: value is not None)
    return [[value for value in stretch if value is not None] for is_there, stretch in stretches if is_there]
