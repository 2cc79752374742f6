"""Time on a small computer whose clock may be set at any moment.

What is measured is the time since the machine started, which nobody sets; the wall clock only names the beginning.
So a clock that jumps (the network tells the time, somebody sets it) moves nothing that was noted before.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

NOTICED_JUMP = timedelta(seconds=2)
"""A clock that is only slewed (500 ppm by NTP) drifts less between two looks."""


class Moment(NamedTuple):
    """What the wall clock shows (aware UTC), and the seconds since the machine started, which `boot` names.

    `is_synchronised`: the system says that the network set the clock.
    """

    wall: datetime
    uptime: float
    boot: str
    is_synchronised: bool = False


class Jump(NamedTuple):
    """At that uptime the wall clock was set by so much; forward is positive."""

    boot: str
    uptime: float
    by: timedelta


def in_frame_of(start: Moment, uptime: float) -> datetime:
    """What the wall clock would show at that uptime, had nobody set it since `start`."""
    return start.wall + timedelta(seconds=uptime - start.uptime)


def jump_between(earlier: Moment, now: Moment) -> Jump | None:
    """By how much the clock was set between two looks; None when it was not, or the machine was started anew."""
    by = now.wall - in_frame_of(earlier, now.uptime)
    if earlier.boot != now.boot or abs(by) < NOTICED_JUMP:
        return None
    return Jump(now.boot, now.uptime, by)
