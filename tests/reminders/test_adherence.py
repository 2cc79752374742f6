"""cases.md: "adherence_14d = taken / (taken + missed + skipped) … None: null"; missed-unreached counts as missed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from companion.reminders.adherence import Adherence, DoseOutcome, count_outcomes, taken_rate
from companion.reminders.dose_state import DoseState

NOW = datetime(2026, 3, 15, 12, 0, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)


def outcomes(*states: DoseState) -> list[DoseOutcome]:
    return [DoseOutcome(YESTERDAY, state) for state in states]


def test_what_was_not_taken_counts_in_the_denominator_whatever_the_cause() -> None:
    doses = outcomes(DoseState.TAKEN, DoseState.MISSED, DoseState.MISSED_UNREACHED, DoseState.SKIPPED)

    assert count_outcomes(doses, NOW) == Adherence(taken=1, missed=1, missed_unreached=1, skipped=1)
    assert taken_rate(doses, NOW) == Decimal("0.25")


@pytest.mark.parametrize("state", [DoseState.CANCELLED, DoseState.PLANNED, DoseState.DUE, DoseState.SNOOZED])
def test_cancelled_and_open_doses_count_nowhere(state: DoseState) -> None:
    assert taken_rate(outcomes(DoseState.TAKEN, state), NOW) == 1
    assert taken_rate(outcomes(state), NOW) is None


def test_without_doses_there_is_no_rate() -> None:
    assert taken_rate([], NOW) is None


@pytest.mark.parametrize(
    ("due_at", "counts"),
    [
        (NOW - timedelta(days=14), False),
        (NOW - timedelta(days=14) + timedelta(seconds=1), True),
        (NOW, True),
        (NOW + timedelta(seconds=1), False),
    ],
)
def test_the_window_is_fourteen_times_24_hours_without_its_beginning(due_at: datetime, counts: bool) -> None:
    """ "N d on readings and doses: now − N×24 h < at ≤ now"."""
    counted = count_outcomes([DoseOutcome(due_at, DoseState.TAKEN)], NOW)

    assert counted.taken == int(counts)


def test_the_rate_is_exact_and_not_rounded() -> None:
    rate = taken_rate(outcomes(*[DoseState.TAKEN] * 2, DoseState.MISSED), NOW)

    assert rate == Decimal(2) / Decimal(3)
