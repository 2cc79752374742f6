"""The clocks of this machine: the wall clock, and the time since it started."""

import time
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path

from companion.clock import system_clock
from companion.hub.moment import Moment

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd makes it once the network told it the time."""

MachineClock = Callable[[], Moment]


def machine_clock() -> Moment:
    """The present moment. Linux counts the time it slept, too."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return Moment(system_clock(), time.clock_gettime(clock), _boot(), SYNCHRONISED.exists())


@cache
def _boot() -> str:
    """Names this run of the machine; where the system has no name for it, this process is a run of its own."""
    return BOOT_ID.read_text("ascii").strip() if BOOT_ID.exists() else str(uuid.uuid4())
