"""cases.md: "adherence_14d = taken / (taken + missed + skipped) … None: null"; missed-unreached counts as missed there,
and stands apart in every other figure (docs/adherence.md)."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.reminders.adherence import (
    PERIODS,
    Adherence,
    DoseOutcome,
    Figures,
    Share,
    count_outcomes,
    decided_days,
    figures,
    is_on_time,
)
from companion.reminders.doses.dose_state import DoseState

NOW = datetime(2026, 3, 15, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
YESTERDAY = NOW - timedelta(days=1)

TAKEN, SKIPPED, MISSED = DoseState.TAKEN, DoseState.SKIPPED, DoseState.MISSED
UNREACHED, CANCELLED, OPEN = DoseState.MISSED_UNREACHED, DoseState.CANCELLED, DoseState.DUE


def outcomes(*states: DoseState) -> list[DoseOutcome]:
    """All of yesterday."""
    return [DoseOutcome(YESTERDAY, YESTERDAY.date(), state) for state in states]


def dose(days_ago: int, state: DoseState, minutes_late: float | None = None, hour: int = 8) -> DoseOutcome:
    """One dose of that day; taken so many minutes after its time."""
    day = TODAY - timedelta(days=days_ago)
    due_at = datetime.combine(day, time(hour), UTC)
    taken_at = None if minutes_late is None else due_at + timedelta(minutes=minutes_late)
    return DoseOutcome(due_at, day, state, taken_at)


# The figure that advice uses


def test_what_was_not_taken_counts_in_the_denominator_whatever_the_cause() -> None:
    counted = count_outcomes(outcomes(TAKEN, MISSED, UNREACHED, SKIPPED), NOW)

    assert counted == Adherence(taken=1, missed=1, missed_unreached=1, skipped=1)
    assert counted.taken_rate == Decimal("0.25")


@pytest.mark.parametrize("state", [CANCELLED, DoseState.PLANNED, DoseState.DUE, DoseState.SNOOZED])
def test_cancelled_and_open_doses_count_nowhere(state: DoseState) -> None:
    assert count_outcomes(outcomes(TAKEN, state), NOW).taken_rate == 1
    assert count_outcomes(outcomes(state), NOW).taken_rate is None


def test_without_doses_there_is_no_rate() -> None:
    assert count_outcomes([], NOW).taken_rate is None


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
    counted = count_outcomes([DoseOutcome(due_at, due_at.date(), TAKEN)], NOW)

    assert counted.taken == int(counts)


def test_the_rate_is_exact_and_not_rounded() -> None:
    rate = count_outcomes(outcomes(TAKEN, TAKEN, MISSED), NOW).taken_rate

    assert rate == Decimal(2) / Decimal(3)


# The figures of a period


def test_every_figure_carries_what_it_was_counted_of() -> None:
    week = [
        dose(6, TAKEN, 5),
        dose(5, TAKEN, 61),
        dose(4, SKIPPED),
        dose(3, TAKEN, -10),
        dose(2, UNREACHED),
        dose(1, TAKEN, 0),
        dose(0, MISSED),
    ]

    found = figures(week, TODAY, 7)

    assert found == Figures(
        days=7,
        taken=Share(4, 6),
        on_time=Share(3, 6),
        answered=Share(5, 6),
        full_days=Share(4, 6),
        current_streak=0,
        longest_streak=2,
        unreached=1,
    )


@pytest.mark.parametrize("state", [CANCELLED, OPEN, DoseState.PLANNED, DoseState.SNOOZED])
def test_paused_cancelled_and_open_doses_are_in_no_denominator(state: DoseState) -> None:
    with_it = figures([dose(1, TAKEN, 0), dose(1, state, hour=20)], TODAY, 7)

    assert (with_it.taken, with_it.answered, with_it.on_time) == (Share(1, 1),) * 3


def test_an_unreached_dose_stands_apart() -> None:
    found = figures([dose(1, TAKEN, 0), dose(1, UNREACHED, hour=20)], TODAY, 7)

    assert found.taken == Share(1, 1)
    assert found.unreached == 1


@pytest.mark.parametrize(
    ("minutes", "on_time"), [(0, True), (60, True), (61, False), (-60, True), (-61, False), (None, False)]
)
def test_on_time_is_an_hour_to_both_sides(minutes: float | None, on_time: bool) -> None:
    assert is_on_time(dose(1, TAKEN, minutes)) is on_time


def test_how_near_is_on_time_can_be_said() -> None:
    """Half an hour matters with Parkinson's (reminders §7)."""
    found = figures([dose(1, TAKEN, 40)], TODAY, 7, on_time=timedelta(minutes=30))

    assert found.taken == Share(1, 1)
    assert found.on_time == Share(0, 1)


@pytest.mark.parametrize(
    ("states", "is_full"),
    [
        ((TAKEN, TAKEN), [True]),
        ((TAKEN, MISSED), [False]),
        ((TAKEN, SKIPPED), [False]),
        ((TAKEN, CANCELLED), [True]),
        ((TAKEN, UNREACHED), []),
        ((MISSED, UNREACHED), [False]),
        ((TAKEN, OPEN), []),
        ((MISSED, OPEN), [False]),
        ((CANCELLED,), []),
    ],
)
def test_a_day_is_fully_taken_when_all_that_was_due_was_taken(
    states: tuple[DoseState, ...], is_full: list[bool]
) -> None:
    assert decided_days(outcomes(*states)) == is_full


@pytest.mark.parametrize(
    ("days", "current", "longest"),
    [
        ([], 0, 0),
        ([TAKEN], 1, 1),
        ([TAKEN, TAKEN, MISSED], 0, 2),
        ([MISSED, TAKEN, TAKEN], 2, 2),
        ([TAKEN, TAKEN, TAKEN, MISSED, TAKEN], 1, 3),
        ([TAKEN, CANCELLED, TAKEN], 2, 2),
        ([TAKEN, UNREACHED, TAKEN], 2, 2),
        ([TAKEN, TAKEN, OPEN], 2, 2),
    ],
)
def test_a_streak_is_broken_by_a_dose_left_out_only(days: list[DoseState], current: int, longest: int) -> None:
    """The last state is today's."""
    doses = [dose(days_ago, state, 0) for days_ago, state in enumerate(reversed(days))]

    found = figures(doses, TODAY, 7)

    assert (found.current_streak, found.longest_streak) == (current, longest)


@pytest.mark.parametrize("days", PERIODS)
def test_a_period_is_so_many_local_days_with_today(days: int) -> None:
    doses = [dose(ago, TAKEN, 0) for ago in range(100)]

    assert figures(doses, TODAY, days).taken == Share(days, days)


def test_the_local_day_counts_not_the_instant() -> None:
    """23:30 of the 8th in New York is already the 9th in UTC."""
    late_evening = DoseOutcome(datetime(2026, 3, 9, 3, 30, tzinfo=UTC), date(2026, 3, 8), TAKEN)

    assert figures([late_evening], date(2026, 3, 15), 7).taken == Share(0, 0)
    assert figures([late_evening], date(2026, 3, 14), 7).taken == Share(1, 1)


DOSES = st.lists(
    st.builds(
        dose,
        st.integers(0, 20),
        st.sampled_from(DoseState),
        st.none() | st.integers(-200, 400).map(float),
        st.integers(0, 23),
    ),
    max_size=40,
)


@given(DOSES, st.sampled_from(PERIODS))
def test_no_figure_counts_more_than_its_denominator(doses: list[DoseOutcome], days: int) -> None:
    found = figures(doses, TODAY, days)

    assert 0 <= found.on_time.n <= found.taken.n <= found.answered.n <= found.answered.of
    assert found.taken.of == found.answered.of == found.on_time.of
    assert found.current_streak <= found.longest_streak <= found.full_days.n <= found.full_days.of


@given(DOSES, DOSES)
def test_medicines_add_up(one: list[DoseOutcome], other: list[DoseOutcome]) -> None:
    """Only days and streaks are of all together; what counts doses is the sum."""
    both, first, second = (figures(doses, TODAY, 14) for doses in (one + other, one, other))

    assert both.taken == Share(first.taken.n + second.taken.n, first.taken.of + second.taken.of)
    assert both.unreached == first.unreached + second.unreached
