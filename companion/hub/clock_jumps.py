"""Noticing that somebody set this machine's clock, also while the hub was not running."""

import json
from datetime import timedelta

from companion.hub.moment import Jump, Moment, jump_between
from companion.hub.spool import Spool, as_instant, as_text, fact, note_fact, writing
from companion.hub.true_time import note_true_time

ANCHOR = "anchor"
"""The moment since which the wall clock and the time since the start go together."""


def look_at_clock(spool: Spool, now: Moment) -> Jump | None:
    """Notes a jump since the last look, for whoever looks after the machine; and the true time, if it is known."""
    told = fact(spool, ANCHOR)
    anchor = _moment(told) if told else None
    jump = jump_between(anchor, now) if anchor else None
    if anchor is None or anchor.boot != now.boot or jump is not None:
        with writing(spool):
            if jump is not None:
                _note(spool, jump, now)
            note_fact(spool, ANCHOR, json.dumps([as_text(now.wall), now.uptime, now.boot]))
    if now.is_synchronised:
        note_true_time(spool, now, now.wall)
    return jump


def jumps(spool: Spool) -> list[Jump]:
    rows = spool.execute("SELECT boot, uptime, by_s FROM jump ORDER BY rowid")
    return [Jump(boot, uptime, timedelta(seconds=by_s)) for boot, uptime, by_s in rows]


def _note(spool: Spool, jump: Jump, now: Moment) -> None:
    values = (jump.boot, jump.uptime, jump.by.total_seconds(), as_text(now.wall))
    spool.execute("INSERT INTO jump VALUES (?, ?, ?, ?)", values)


def _moment(text: str) -> Moment:
    wall, uptime, boot = json.loads(text)
    return Moment(as_instant(wall), uptime, boot)
