"""Handing over: look up what is unsettled, send what waits, close what is too late.

The order of each attempt is fixed: its row is committed before the provider is asked. So a crash can lose nothing;
and it can double a message only if the provider took it and neither callback nor look-up ever shows it.
"""

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import structlog
from sqlalchemy import Engine

from companion.clock import Clock
from companion.crash_points import Point, reached
from companion.messages.channel import Ambiguous, Channel, Outgoing, SendResult
from companion.messages.composed import Compose
from companion.messages.leaving import Attempt
from companion.messages.outcomes import of_send, surely_not_sent
from companion.messages.pace import Turns
from companion.messages.prepare import Prepared, prepare
from companion.messages.round import Result, Round
from companion.messages.settle import expire, look_up_unsettled
from companion.messages.ways_out import WaysOut

log = structlog.get_logger()

CHUNK = 256
"""Messages a transaction: few enough that SQLite's write lock is soon free, many enough to share what it costs."""

LONGEST_ROUND_S = 8.0
"""After that no more is taken: a beat of the jobs process does more than this."""

STRAGGLERS_S = 2.0
"""How long a round waits for a slow provider when it has nothing else to do."""

A_LOOK_S = 0.2
"""How often a round that waits for results looks whether there is something new to send."""

A_TURN_S = 0.1
"""How often it looks when it waits for a channel's pace."""

Counts: TypeAlias = Counter[str]
"""How many attempts and messages met which end in one round: a DeliveryState, `cancelled`, `failed`, `expired`,
`looked_up`."""

Sleep: TypeAlias = Callable[[float], None]


def dispatch(
    engine: Engine, ways: WaysOut, compose: Compose, now_clock: Clock, limit: int, sleep: Sleep = time.sleep
) -> Counts:
    """One round: at most `limit` messages, and some look-ups. Any number of processes may run it at once.

    It ends when nothing is left to do, or what is left waits for a provider that hangs.
    """
    round_ = Round(engine, ways.lanes, now_clock)
    try:
        look_up_unsettled(engine, ways, round_, now_clock(), limit)
        _send_what_waits(engine, ways, compose, now_clock, round_, limit, sleep)
    finally:
        round_.close()
    # Last: a look-up may just have shown that nobody has what is too late now.
    round_.counts["expired"] += expire(engine, now_clock())
    return +round_.counts


def _send_what_waits(
    engine: Engine, ways: WaysOut, compose: Compose, now_clock: Clock, round_: Round, limit: int, sleep: Sleep
) -> None:
    begun = last_news = time.monotonic()
    turns = Turns()
    while True:
        may_take = time.monotonic() - begun < LONGEST_ROUND_S
        # None when every channel's threads have enough to do.
        chunk = min(CHUNK, limit, ways.lanes.room(ways)) if may_take else 0
        prepared = prepare(engine, ways, compose, now_clock(), chunk, turns) if chunk else Prepared()
        _submit(round_, prepared, now_clock)
        limit -= len(prepared.attempts)
        came = round_.collect(A_LOOK_S)
        if prepared.changed or came:
            last_news = time.monotonic()
        elif not round_.is_idle:
            if time.monotonic() - last_news > STRAGGLERS_S:
                return
        elif may_take and limit and turns.are_left(now_clock()):
            sleep(A_TURN_S)
        else:
            return


def _submit(round_: Round, prepared: Prepared, now_clock: Clock) -> None:
    round_.counts += prepared.ends
    if prepared.attempts:
        reached(Point.DISPATCH_AFTER_CLAIM)
    for attempt in prepared.attempts:
        round_.submit(attempt.channel, partial(_hand_over, attempt, now_clock))


def _hand_over(attempt: Attempt, now_clock: Clock) -> Result:
    """One attempt, on a thread of its channel."""
    channel = attempt.channel
    if now_clock() >= attempt.give_up_at:
        return Result(attempt.delivery_id, channel.name, surely_not_sent("too_slow"))
    outcome = of_send(_send(channel, attempt.outgoing), channel.caps)
    reached(Point.DISPATCH_AFTER_SEND)
    return Result(attempt.delivery_id, channel.name, outcome)


def _send(channel: Channel, outgoing: Outgoing) -> SendResult:
    try:
        return channel.send(outgoing)
    except Exception as error:
        # A fault of ours in mid-send: the provider may have the text, so it is looked up, not sent again.
        log.exception("channel failed", channel=channel.name)
        return Ambiguous(type(error).__name__)
