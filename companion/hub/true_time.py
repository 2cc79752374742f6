"""What is known of the true time: in each run of the machine, once, from the network or from the service's answers.

With it the seconds since the machine started tell when anything in that run was, whatever the wall clock showed.
"""

import json
from datetime import datetime, timedelta

from companion.hub.moment import Moment, in_frame_of
from companion.hub.spool import Spool, as_instant, as_text, fact, note_fact

TRUE_TIME = "true time in "
"""And the run of the machine."""


def note_true_time(spool: Spool, at: Moment, true: datetime) -> None:
    """At that moment it was so late in truth. The first that is noted in a run of the machine stays."""
    if not fact(spool, TRUE_TIME + at.boot):
        note_fact(spool, TRUE_TIME + at.boot, json.dumps([at.uptime, as_text(true)]))


def true_time_of(spool: Spool, moment: Moment) -> datetime | None:
    """When that moment was; None when nobody ever told in that run of the machine."""
    told = fact(spool, TRUE_TIME + moment.boot)
    if not told:
        return None
    uptime, true = json.loads(told)
    return as_instant(true) + timedelta(seconds=moment.uptime - uptime)


def shown_as_at(spool: Spool, start: Moment, now: Moment) -> datetime | None:
    """What the wall clock would show now, had nobody set it since `start`.

    Exact in one run of the machine. Across runs it takes the true time in both; None without it.
    """
    if start.boot == now.boot:
        return in_frame_of(start, now.uptime)
    began, present = true_time_of(spool, start), true_time_of(spool, now)
    return None if began is None or present is None else start.wall + (present - began)
