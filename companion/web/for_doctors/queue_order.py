"""In which order suggestions wait, which of them a filter shows, and what each is about in a word. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

Lines = Sequence[Mapping[str, Any]]
"""What an assessment found, as a suggestion keeps it: `name`, `value`, `threshold`, `n`."""


class Risk(IntEnum):
    """Who is looked at first: the one for whom waiting does the most harm. Our own choice."""

    URGENT = 0  # an urgent event stands behind it
    LOWERS = 1  # too much is being taken now
    SECOND = 2  # an increase beyond the protocol; a colleague has decided and waits
    RAISES = 3  # values above the goal do harm slowly


class Show(StrEnum):
    """What the doctor asks to see of the queue."""

    ALL = "all"
    MINE = "mine"
    COVERED = "covered"
    URGENT = "urgent"
    INCREASES = "increases"
    DECREASES = "decreases"
    QUESTIONS = "questions"
    PUT_OFF = "put_off"


class About(StrEnum):
    """Why it was proposed, in a word."""

    LOWS = "lows"
    GLUCOSE_HIGH = "glucose_high"
    PRESSURE_HIGH = "pressure_high"
    DECREASE = "decrease"
    INCREASE = "increase"


@dataclass(frozen=True)
class Marks:
    """What order and filters go by. `is_covered`: another doctor's patient. `is_question`: it asks something of the
    doctor besides the decision, or a colleague asks for a second signature."""

    is_urgent: bool
    action: str
    is_covered: bool
    is_second: bool
    is_question: bool
    is_put_off: bool


def risk_of(marks: Marks) -> Risk:
    """Urgent before everything; then what is lowered for safety, then what waits for a second signature, then what is
    raised."""
    if marks.is_urgent:
        return Risk.URGENT
    if marks.action == "decrease":
        return Risk.LOWERS
    return Risk.SECOND if marks.is_second else Risk.RAISES


def is_shown(show: Show, marks: Marks) -> bool:
    """Whether the filter lets it through. What was put off is shown only where it is asked for."""
    return marks.is_put_off == (show is Show.PUT_OFF) and _FILTERS[show](marks)


_FILTERS: Mapping[Show, Callable[[Marks], bool]] = {
    Show.ALL: lambda marks: True,
    Show.MINE: lambda marks: not marks.is_covered,
    Show.COVERED: lambda marks: marks.is_covered,
    Show.URGENT: lambda marks: marks.is_urgent,
    Show.INCREASES: lambda marks: marks.action == "increase",
    Show.DECREASES: lambda marks: marks.action == "decrease",
    Show.QUESTIONS: lambda marks: marks.is_question,
    Show.PUT_OFF: lambda marks: True,
}


def about_of(action: str, lines: Lines) -> About:
    """What the values say that it was made from; where they say nothing plain, only which way it goes."""
    found = {line["name"]: (line["value"], line["threshold"]) for line in lines}
    if action == "decrease":
        return About.LOWS if _is_below(found, "lowest_glucose_7d") else About.DECREASE
    if _is_at_least(found, "mean_systolic") or _is_at_least(found, "mean_diastolic"):
        return About.PRESSURE_HIGH
    return About.GLUCOSE_HIGH if _is_at_least(found, "mean_fasting_last3") else About.INCREASE


def measured_on_days(lines: Lines) -> tuple[int, int] | None:
    """How many values on how many days it goes by; None where no such thing was counted."""
    found = {line["name"]: line["value"] for line in lines}
    for values, days in (("fasting_values", "fasting_days"), ("pressure_readings", "pressure_days")):
        if isinstance(found.get(values), int) and isinstance(found.get(days), int):
            return found[values], found[days]
    return None


def masked(name: str) -> str:
    """A name in a list that others may see over the doctor's shoulder: "王秀英" is "王**", "Anna Berg" is "A** B**"."""
    return " ".join(f"{word[0]}**" for word in name.split())


def _is_below(found: Mapping[str, tuple[Any, Any]], name: str) -> bool:
    value, threshold = found.get(name, (None, None))
    return value is not None and threshold is not None and value < threshold


def _is_at_least(found: Mapping[str, tuple[Any, Any]], name: str) -> bool:
    value, threshold = found.get(name, (None, None))
    return value is not None and threshold is not None and value >= threshold
