"""What happens when: rolled from a seed before anything begins, so that the same seed is the same storm. Pure."""

import random
from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple


class What(StrEnum):
    KILL = "killed"
    """A process with all its workers, by SIGKILL; it is started again at once."""
    KILL_WORKER = "worker killed"
    """One worker of a web process; its master forks another."""
    FREEZE = "stopped and continued"
    """SIGSTOP, then SIGCONT, when the leases of what it had in hand are over."""
    TIME_PASSES = "time passes"
    """For everybody."""
    CLOCK_AHEAD = "service's clock set ahead"
    CLOCK_BEHIND = "service's clock set back"
    DISK_FULL = "disk full"
    DATABASE_GONE = "PostgreSQL gone and back"
    READINGS_GONE = "InfluxDB gone and back"
    PROVIDER_DOWN = "provider down for an hour"
    PROVIDER_ODD = "provider took it, and did not say so"


KILLS = (What.KILL, What.KILL, What.KILL, What.KILL_WORKER)
LIVED = (30, 500)
KILL_EVERY_S = 2.5
WEATHER_EVERY_S = 3.0


class Event(NamedTuple):
    """`at_s` since the beginning. `amount`: seconds of the clock, of waiting, how many, or (of a kill) how long it has
    to have lived, in hundredths of what a start takes; `whom`: any number, taken by the count of those it may hit."""

    at_s: float
    what: What
    whom: int
    amount: int


AMOUNTS: dict[What, tuple[int, int]] = {
    What.FREEZE: (200, 400),
    What.TIME_PASSES: (60, 900),
    What.CLOCK_AHEAD: (20, 900),
    What.CLOCK_BEHIND: (20, 900),
    What.DISK_FULL: (1, 4),
    What.DATABASE_GONE: (1, 4),
    What.READINGS_GONE: (1, 4),
    What.PROVIDER_DOWN: (3600, 3600),
    What.PROVIDER_ODD: (1, 6),
}


def kills(seed: int, seconds: float) -> list[Event]:
    """Of processes, one about every two and a half seconds."""
    dice = random.Random(f"kills {seed}")
    return [
        Event(at, dice.choice(KILLS), dice.randrange(1000), dice.randint(*LIVED))
        for at in _moments(dice, seconds, KILL_EVERY_S)
    ]


def weather(seed: int, seconds: float, may_happen: Collection[What]) -> list[Event]:
    """Everything else, one after the other: each kind once, in any order, before any comes again."""
    dice = random.Random(f"weather {seed}")
    kinds = _rounds(dice, [what for what in AMOUNTS if what in may_happen])
    moments = _moments(dice, seconds, WEATHER_EVERY_S)
    return [
        Event(at, what, dice.randrange(1000), dice.randint(*AMOUNTS[what]))
        for at, what in zip(moments, kinds, strict=False)
    ]


def _moments(dice: random.Random, seconds: float, every_s: float) -> list[float]:
    moments, at = list[float](), dice.uniform(0, every_s)
    while at < seconds:
        moments.append(round(at, 1))
        at += dice.uniform(0.4, 1.6) * every_s
    return moments


def _rounds(dice: random.Random, kinds: Sequence[What]) -> Iterator[What]:
    """Time passes in every round as often as all else together: doses fall due by it."""
    while True:
        some = [*kinds, *[What.TIME_PASSES] * (len(kinds) // 2)]
        dice.shuffle(some)
        yield from some
