"""A process that does nothing but sweep, beat upon beat, until it is killed."""

from datetime import timedelta

from companion.care.due_days import keep_days
from companion.clock import system_clock
from companion.db import make_engine
from companion.jobs import beat
from companion.reminders.sweep import sweep

AHEAD = timedelta(hours=24)


def sweep_until_killed(url: str) -> None:
    """The part of a heartbeat that looks at doses, without a pause."""
    engine = make_engine(url)
    while True:
        beat(engine, system_clock, lambda now: (keep_days(engine, now, AHEAD), sweep(engine, now, AHEAD)))
