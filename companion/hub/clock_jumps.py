"""Noticing that somebody set this machine's clock, also while the hub was not running, and whether it is right."""

import json
from datetime import timedelta

from companion.hub.moment import Jump, Moment, jump_between
from companion.hub.spool import Spool, as_instant, as_text, fact, note_fact, writing

ANCHOR = "anchor"
"""The moment since which the wall clock and the time since the start go together."""
RIGHT = "clock was right in "
"""And the run of the machine in which it was."""


def look_at_clock(spool: Spool, now: Moment) -> Jump | None:
    """Notes a jump since the last look; times from before it are told right by it, even after a restart."""
    told = fact(spool, ANCHOR)
    anchor = _moment(told) if told else None
    jump = jump_between(anchor, now) if anchor else None
    if anchor is None or anchor.boot != now.boot or jump is not None:
        with writing(spool):
            if jump is not None:
                _note(spool, jump, now)
            note_fact(spool, ANCHOR, json.dumps([as_text(now.wall), now.uptime, now.boot]))
    if now.is_synchronised:
        note_clock_is_right(spool, now.boot)
    return jump


def note_clock_is_right(spool: Spool, boot: str) -> None:
    """In this run of the machine the wall clock came to be right; jumps before that are noted."""
    if not fact(spool, RIGHT + boot):
        note_fact(spool, RIGHT + boot, "yes")


def is_time_known(spool: Spool, start: Moment, now: Moment) -> bool:
    """Whether anybody can tell when `start` was. After the machine was started anew, only if its clock was right in
    that run, or was set in it afterwards."""
    was_set = any(jump.boot == start.boot and jump.uptime > start.uptime for jump in jumps(spool))
    return start.boot == now.boot or was_set or bool(fact(spool, RIGHT + start.boot))


def jumps(spool: Spool) -> list[Jump]:
    rows = spool.execute("SELECT boot, uptime, by_s FROM jump ORDER BY rowid")
    return [Jump(boot, uptime, timedelta(seconds=by_s)) for boot, uptime, by_s in rows]


def _note(spool: Spool, jump: Jump, now: Moment) -> None:
    values = (jump.boot, jump.uptime, jump.by.total_seconds(), as_text(now.wall))
    spool.execute("INSERT INTO jump VALUES (?, ?, ?, ?)", values)


def _moment(text: str) -> Moment:
    wall, uptime, boot = json.loads(text)
    return Moment(as_instant(wall), uptime, boot)
