"""A batch of messages on its way out: claimed, decided on, worded and written down as attempts, in one transaction.

Its row locks are the claim: a worker that dies in it has done nothing. What is committed with it is an attempt under
a lease, which a provider is asked to take next. One whose end nobody noted is looked up, never just sent again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

import structlog
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from companion.care.contact_models import Kind
from companion.db import writing
from companion.messages.attempts import ask_clinic_to_call
from companion.messages.composed import Asked, Compose, Composed
from companion.messages.fates import Moot, fate_of
from companion.messages.known import Known, look
from companion.messages.leaving import Attempt, Chosen, write_attempts
from companion.messages.models import CHANGES_CARE, URGENT, Message, MessageState
from companion.messages.moves import Move, move_of, write_moves
from companion.messages.pace import Turns, take
from companion.messages.routing import Use, Wait
from companion.messages.ways_out import WaysOut

log = structlog.get_logger()

SHORTEST_WINDOW = timedelta(seconds=1)
"""A provider's validity period is in whole seconds, at least one."""

PUT_OFF = timedelta(seconds=30)
"""How long a message rests that could not be worded, or whose channel does nothing: others go on meanwhile."""

OF_PACE = "pace"
"""Why a message waits that its channel's provider could not bear yet."""

STILL_WANTED = (MessageState.OPEN.value, MessageState.HANDED_OVER.value)
NOT_WANTED = tuple(state.value for state in MessageState if state.value not in STILL_WANTED)


@dataclass(slots=True)
class Prepared:
    """What may leave now; for how many messages anything changed, and how many met which end."""

    attempts: list[Attempt] = field(default_factory=list)
    changed: int = 0
    ends: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Batch:
    """Messages that are ours until the end of the transaction, and where those go that do not leave."""

    session: Session
    ways: WaysOut
    now: datetime
    known: Known
    turns: Turns
    moves: list[Move] = field(default_factory=list)


def prepare(engine: Engine, ways: WaysOut, compose: Compose, now: datetime, limit: int, turns: Turns) -> Prepared:
    """Takes up to `limit` messages that wait, those first that waited longest. Any number of processes at once.

    `turns`: of those that had to wait for their channel's pace in this round.
    """
    with writing(engine) as session:
        messages = claim(session, now, limit)
        if not messages:
            return Prepared()
        batch = _Batch(session, ways, now, look(session, messages, ways, now), turns)
        leaving = _within_pace(batch, _decide(batch, messages))
        attempts, moves = write_attempts(session, _worded(batch, compose, leaving), batch.known.attempts, now)
        batch.moves += moves
        write_moves(session, batch.moves)
        return Prepared(attempts, len(batch.moves), _close(batch, messages))


def claim(session: Session, now: datetime, limit: int) -> list[Message]:
    """Messages to be looked at now: open ones whose time has come, what is urgent first, and those whose ways were
    silent long enough.

    PostgreSQL passes over rows that another process holds; on SQLite the transaction itself is the lock.
    """
    in_time = Message.next_try_at <= now, Message.expires_at >= now + SHORTEST_WINDOW
    # The words themselves, not a parameter: only so do databases see that the index of urgent messages holds them.
    urgent = select(Message).where(text(URGENT), *in_time)
    waiting = select(Message).where(Message.state == MessageState.OPEN.value, *in_time)
    # "Not closed" keeps SQLite from walking through all that was ever handed over.
    silent = select(Message).where(Message.fallback_at <= now, Message.state.not_in(NOT_WANTED), in_time[1])
    found: dict[int, Message] = {}
    for query, at in ((urgent, Message.next_try_at), (waiting, Message.next_try_at), (silent, Message.fallback_at)):
        locked = query.order_by(at, Message.id).limit(limit).with_for_update(skip_locked=True)
        found |= {message.id: message for message in session.scalars(locked)}
    return list(found.values())[:limit]


def _decide(batch: _Batch, messages: Sequence[Message]) -> list[Chosen]:
    """Those that go somewhere now."""
    chosen = []
    for message in messages:
        fate = fate_of(message, batch.known, batch.ways, batch.now)
        if isinstance(fate, Use):
            batch.known.sent[message.recipient_id, message.purpose] += 1
            chosen.append(_chosen(batch, message, fate))
        else:
            batch.moves.append(move_of(message, fate))
    return chosen


def _chosen(batch: _Batch, message: Message, use: Use) -> Chosen:
    point = next(point for point in batch.known.points[message.recipient_id] if point.id == use.point_id)
    return Chosen(message, point, use.ways_left, batch.ways.by_kind[Kind(point.kind)])


def _within_pace(batch: _Batch, chosen: Sequence[Chosen]) -> list[Chosen]:
    """Those that their channel bears now, what changes care first. All processes take channels in one order."""
    leaving: list[Chosen] = []
    in_order = sorted(chosen, key=lambda each: (each.channel.name, each.message.purpose not in CHANGES_CARE))
    for _name, group in groupby(in_order, key=lambda each: each.channel.name):
        leaving += _taken(batch, list(group))
    return leaving


def _taken(batch: _Batch, some: Sequence[Chosen]) -> Sequence[Chosen]:
    """Of one channel's messages. One that has to wait gets its turn, so that it is in nobody's way; only what the
    threads take up in a moment stays where it is."""
    channel, now = some[0].channel, batch.now
    lane = batch.ways.lanes.of(channel)
    able = some[: lane.room]
    taken = take(batch.session, channel.name, len(able), channel.caps.per_second, now)
    for place, each in enumerate(able[taken.count :]):
        is_next = each.message.why == OF_PACE or each.message.purpose in CHANGES_CARE
        soon = taken.free_at + place * taken.step
        turn = batch.turns.keep(soon) if is_next else batch.turns.give(channel.name, taken)
        batch.moves.append(move_of(each.message, Wait(turn), why=OF_PACE))
    if lane.is_stuck:
        batch.moves += [move_of(each.message, Wait(now + PUT_OFF), why="channel_hangs") for each in some[len(able) :]]
    return able[: taken.count]


def _worded(batch: _Batch, compose: Compose, leaving: Sequence[Chosen]) -> list[tuple[Chosen, Composed]]:
    """Those that there is something to tell of, and the words."""
    found = []
    for chosen, composed in zip(leaving, _compose(batch, compose, leaving), strict=True):
        if isinstance(composed, Composed):
            found.append((chosen, composed))
        elif composed is None:
            batch.moves.append(move_of(chosen.message, Moot()))
        else:
            batch.moves.append(move_of(chosen.message, Wait(batch.now + PUT_OFF), why="not_worded"))
    return found


def _compose(batch: _Batch, compose: Compose, leaving: Sequence[Chosen]) -> Sequence[Composed | Exception | None]:
    """All at once; if that fails, each by itself, so that one that cannot be worded stops no other."""
    asked = [Asked(each.message, each.channel.caps, Kind(each.point.kind)) for each in leaving]
    try:
        with batch.session.begin_nested():
            return compose(batch.session, asked)
    except Exception:
        log.exception("a batch could not be worded; its messages are, one by one", messages=len(asked))
        return [_compose_one(batch, compose, each) for each in asked]


def _compose_one(batch: _Batch, compose: Compose, asked: Asked) -> Composed | Exception | None:
    try:
        with batch.session.begin_nested():
            [composed] = compose(batch.session, [asked])
    except Exception as error:
        log.exception("message could not be worded", message=asked.message.id)
        return error
    return composed


def _close(batch: _Batch, messages: Sequence[Message]) -> Counter[str]:
    """The clinic is asked to call whom a message cannot reach. Tells how many met which end."""
    by_id = {message.id: message for message in messages}
    ended = [move for move in batch.moves if move.state not in STILL_WANTED]
    for move in ended:
        if move.state == MessageState.FAILED.value:
            ask_clinic_to_call(batch.session, by_id[move.message_id], move.why, batch.now)
    return Counter(move.state for move in ended)
