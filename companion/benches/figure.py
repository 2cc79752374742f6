"""A figure of `companion bench`: our speed beside a baseline in the same run. Trust the ratio, not the figure."""

import gc
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 3
"""Each side runs so often, in turns, and its best time counts: what else the machine does spares neither."""


@dataclass(frozen=True)
class Figure:
    """Ours beside a baseline, counted in the same: `unit` a second, unless `per` says otherwise. `target` is the least
    ratio that is asked for, 0 where none is; `at_most` is the most that ours may be, where less is better."""

    name: str
    unit: str
    ours: float
    baseline: float
    baseline_name: str
    target: float
    per: str = "/s"
    at_most: float | None = None

    @property
    def ratio(self) -> float:
        """One where both are nothing."""
        if self.ours == self.baseline:
            return 1.0
        return self.ours / self.baseline if self.baseline else math.inf

    @property
    def holds(self) -> bool | None:
        """Whether it is what is asked for; None where nothing is."""
        if self.at_most is not None:
            return self.ours <= self.at_most
        return self.ratio >= self.target if self.target else None


def best_rate(run: Callable[[int], int]) -> float:
    """Units a second of the best of some rounds; `run(round)` gives how many units it did."""
    settle_memory()
    rates = []
    for number in range(ROUNDS):
        start = time.perf_counter()
        units = run(number)
        rates.append(units / (time.perf_counter() - start))
    return max(rates)


def seconds(run: Callable[[], object]) -> float:
    """How long it takes once."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def settle_memory() -> None:
    """What was prepared for a measurement is nobody's work in it."""
    gc.collect()
    gc.freeze()
