"""Rules that depend on what was really taken."""

from datetime import UTC, datetime, timedelta

import pytest

from companion.reminders.schedules.after_intake import due_after, may_take_at
from companion.reminders.schedules.rule import AfterTaken, AsNeeded, Linked

TAKEN = datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
RULE = AsNeeded(max_per_24h=2, min_gap_minutes=240)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def test_the_next_dose_counts_from_the_intake_and_not_from_the_plan() -> None:
    assert due_after(AfterTaken(hours(12)), TAKEN) == TAKEN + hours(12)
    assert due_after(Linked(30), TAKEN) == TAKEN + hours(0.5)


@pytest.mark.parametrize(
    ("taken", "now", "allowed"),
    [
        ([], 0, 0),
        ([0], 1, 4),
        ([0], 4, 4),
        ([0], 5, 5),
        ([5, 0], 9, 24),
        ([0, 5], 24, 24),
        ([0, 5, 24], 25, 29),
    ],
    ids=[
        "never taken",
        "gap running",
        "gap just over",
        "gap over",
        "two in 24 h, in any order",
        "the first is 24 h old",
        "still two in 24 h",
    ],
)
def test_as_needed_keeps_the_gap_and_the_number_in_any_24_hours(taken: list[float], now: float, allowed: float) -> None:
    intakes = [TAKEN + hours(count) for count in taken]

    earliest = may_take_at(RULE, intakes, TAKEN + hours(now))

    assert earliest == TAKEN + hours(allowed)
