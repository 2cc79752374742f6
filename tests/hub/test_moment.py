"""A clock that jumps moves nothing that was noted before."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from companion.hub.moment import Jump, Moment, in_frame_of, jump_between, shown_in_frame_of

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
START = Moment(NOON, 100.0, "boot-1")
JUMPS = st.timedeltas(min_value=-timedelta(days=20_000), max_value=timedelta(days=20_000))


def test_a_later_instant_is_told_by_the_time_that_went_by() -> None:
    assert in_frame_of(START, 160.5) == NOON + timedelta(seconds=60.5)


@given(JUMPS)
def test_while_the_machine_runs_a_jump_changes_nothing(by: timedelta) -> None:
    now = Moment(NOON + timedelta(hours=1) + by, 3700.0, "boot-1")

    assert shown_in_frame_of(START, now, [Jump("boot-1", 200.0, by)]) == NOON + timedelta(hours=1)


@given(JUMPS)
def test_after_a_restart_the_jumps_since_are_taken_out(by: timedelta) -> None:
    true_now = NOON + timedelta(days=3)
    now = Moment(true_now + by, 7.0, "boot-2")
    noticed = [Jump("boot-1", 50.0, timedelta(days=9)), Jump("boot-1", 200.0, by), Jump("boot-2", 3.0, timedelta(1))]

    assert shown_in_frame_of(START, now, noticed) == true_now


@given(JUMPS, st.floats(min_value=0, max_value=1e6))
def test_a_set_clock_is_noticed_from_two_seconds_on(by: timedelta, later: float) -> None:
    now = Moment(in_frame_of(START, START.uptime + later) + by, START.uptime + later, "boot-1")

    jump = jump_between(START, now)

    assert (jump is not None) == (abs(by) >= timedelta(seconds=2))
    assert jump is None or jump.by == by


def test_a_machine_that_was_started_anew_did_not_jump() -> None:
    assert jump_between(START, Moment(NOON + timedelta(days=1), 3.0, "boot-2")) is None
