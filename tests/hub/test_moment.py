"""A clock that jumps moves nothing that was noted before."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from companion.hub.moment import Moment, in_frame_of, jump_between

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
START = Moment(NOON, 100.0, "boot-1")
JUMPS = st.timedeltas(min_value=-timedelta(days=20_000), max_value=timedelta(days=20_000))


def test_a_later_instant_is_told_by_the_time_that_went_by() -> None:
    assert in_frame_of(START, 160.5) == NOON + timedelta(seconds=60.5)


@given(JUMPS, st.floats(min_value=0, max_value=1e6))
def test_a_set_clock_is_noticed_from_two_seconds_on(by: timedelta, later: float) -> None:
    now = Moment(in_frame_of(START, START.uptime + later) + by, START.uptime + later, "boot-1")

    jump = jump_between(START, now)

    assert (jump is not None) == (abs(by) >= timedelta(seconds=2))
    assert jump is None or jump.by == by


def test_a_machine_that_was_started_anew_did_not_jump() -> None:
    assert jump_between(START, Moment(NOON + timedelta(days=1), 3.0, "boot-2")) is None
