"""What is wrong with a blood pressure from home, or looks odd about many of them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeVar

Number = TypeVar("Number", float, Decimal)

LEAST_PULSE_PRESSURE, MOST_PULSE_PRESSURE = 15, 120
LOWEST_SYSTOLIC, HIGHEST_SYSTOLIC = 60, 260
LOWEST_DIASTOLIC, HIGHEST_DIASTOLIC = 30, 160
"""mmHg. Beyond these the two numbers are no pair that counts (protocols.yaml, hbpm.quality)."""

TERMINAL_ZEROS = 0.4
"""A cuff ends a tenth of its numbers in 0; from more than two fifths on somebody rounded (protocols.yaml)."""

FEWEST_FOR_DIGITS = 10
"""With fewer readings the last digits say nothing. Ours."""

FEWEST_WHEN_IRREGULAR = 3
"""Readings that a session with an irregular pulse should have (protocols.yaml, hbpm.quality)."""


class Mark(StrEnum):
    """What is known of one reading. The words are those that a cuff's flags are kept in."""

    MOVEMENT = "movement"
    CUFF_LOOSE = "cuff_loose"
    IMPLAUSIBLE = "implausible"
    IRREGULAR_PULSE = "irregular_pulse"
    POSITION = "position"


NOT_COUNTED = frozenset({Mark.MOVEMENT, Mark.CUFF_LOOSE, Mark.IMPLAUSIBLE})
"""A reading with one of these is in no average; the others are marked and count."""


class HomePressure(NamedTuple):
    """One reading of a cuff in mmHg. `flags` as a reading keeps them: words with commas between."""

    at: datetime
    systolic: float
    diastolic: float
    pulse: float | None = None
    flags: str = ""


def marks(pressure: HomePressure) -> frozenset[Mark]:
    """Everything that is to be said of this reading."""
    said = {mark for mark in Mark if mark in pressure.flags.split(",")} if pressure.flags else set()
    return frozenset(said if is_plausible(pressure) else said | {Mark.IMPLAUSIBLE})


def is_plausible(pressure: HomePressure) -> bool:
    """Whether the two numbers can be a pair."""
    return is_pair(pressure.systolic, pressure.diastolic)


def is_pair(systolic: Number, diastolic: Number) -> bool:
    """The same of bare numbers, exact where they are."""
    return (
        LOWEST_SYSTOLIC <= systolic <= HIGHEST_SYSTOLIC
        and LOWEST_DIASTOLIC <= diastolic <= HIGHEST_DIASTOLIC
        and LEAST_PULSE_PRESSURE <= systolic - diastolic <= MOST_PULSE_PRESSURE
    )


def counts(pressure: HomePressure) -> bool:
    return not marks(pressure) & NOT_COUNTED


def prefers_zero(pressures: Sequence[HomePressure]) -> bool:
    """Whether so many numbers end in 0 that they were rounded by hand."""
    if len(pressures) < FEWEST_FOR_DIGITS:
        return False
    numbers = [number for pressure in pressures for number in (pressure.systolic, pressure.diastolic)]
    return sum(round(number) % 10 == 0 for number in numbers) > TERMINAL_ZEROS * len(numbers)
