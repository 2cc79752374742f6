"""A batch of messages on its way out: claimed, decided on, worded and written down as attempts, in one transaction.

Its row locks are the claim: a worker that dies in it has done nothing. What is committed with it is an attempt under
a lease, which a provider is asked to take next. One whose end nobody noted is looked up, never just sent again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from companion.care.contact_models import ContactPoint, Kind
from companion.db import writing
from companion.messages.attempts import LOOK_UP_AFTER, ask_clinic_to_call
from companion.messages.channel import Channel, Outgoing
from companion.messages.composed import Asked, Compose, Composed
from companion.messages.fates import Moot, fate_of
from companion.messages.known import Known, look
from companion.messages.models import CHANGES_CARE, URGENT, Delivery, DeliveryState, Message, MessageState
from companion.messages.moves import Move, move_of, write_moves
from companion.messages.pace import Turns, take
from companion.messages.routing import Use, Wait, patience
from companion.messages.ways_out import WaysOut

log = structlog.get_logger()

LEASE = timedelta(seconds=30)
"""How long an attempt may take before its sender counts as dead; a channel answers within 20 seconds."""

SHORTEST_WINDOW = timedelta(seconds=1)
"""A provider's validity period is in whole seconds, at least one."""

PUT_OFF = timedelta(seconds=30)
"""How long a message rests that could not be worded, or whose channel does nothing: others go on meanwhile."""

OF_PACE = "pace"
"""Why a message waits that its channel's provider could not bear yet."""

STILL_WANTED = (MessageState.OPEN.value, MessageState.HANDED_OVER.value)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A delivery that is written down and not yet handed over. From `give_up_at` on it may not be."""

    delivery_id: int
    channel: Channel
    outgoing: Outgoing
    give_up_at: datetime


@dataclass(slots=True)
class Prepared:
    """What may leave now; for how many messages anything changed, and how many met which end."""

    attempts: list[Attempt] = field(default_factory=list)
    changed: int = 0
    ends: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A message and the way it takes. `ways_left`: others that could be used after it."""

    message: Message
    point: ContactPoint
    ways_left: int
    channel: Channel


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
        attempts = _write(batch, _worded(batch, compose, leaving))
        write_moves(session, batch.moves)
        return Prepared(attempts, len(batch.moves), _close(batch, messages))


def claim(session: Session, now: datetime, limit: int) -> list[Message]:
    """Messages to be looked at now: open ones whose time has come, what is urgent first, and those whose ways were
    silent long enough. Up to `limit` of each.

    PostgreSQL passes over rows that another process holds; on SQLite the transaction itself is the lock.
    """
    in_time = Message.next_try_at <= now, Message.expires_at >= now + SHORTEST_WINDOW
    # The words themselves, not a parameter: only so do databases see that the index of urgent messages holds them.
    urgent = select(Message).where(text(URGENT), *in_time)
    waiting = select(Message).where(Message.state == MessageState.OPEN.value, *in_time)
    silent = select(Message).where(Message.fallback_at <= now, Message.state.in_(STILL_WANTED), in_time[1])
    found: dict[int, Message] = {}
    for query, at in ((urgent, Message.next_try_at), (waiting, Message.next_try_at), (silent, Message.fallback_at)):
        locked = query.order_by(at, Message.id).limit(limit).with_for_update(skip_locked=True)
        found |= {message.id: message for message in session.scalars(locked)}
    return list(found.values())


def _decide(batch: _Batch, messages: Sequence[Message]) -> list[_Chosen]:
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


def _chosen(batch: _Batch, message: Message, use: Use) -> _Chosen:
    point = next(point for point in batch.known.points[message.recipient_id] if point.id == use.point_id)
    return _Chosen(message, point, use.ways_left, batch.ways.by_kind[Kind(point.kind)])


def _within_pace(batch: _Batch, chosen: Sequence[_Chosen]) -> list[_Chosen]:
    """Those that their channel bears now, what changes care first. All processes take channels in one order."""
    leaving: list[_Chosen] = []
    in_order = sorted(chosen, key=lambda each: (each.channel.name, each.message.purpose not in CHANGES_CARE))
    for _name, group in groupby(in_order, key=lambda each: each.channel.name):
        leaving += _taken(batch, list(group))
    return leaving


def _taken(batch: _Batch, some: Sequence[_Chosen]) -> Sequence[_Chosen]:
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


def _worded(batch: _Batch, compose: Compose, leaving: Sequence[_Chosen]) -> list[tuple[_Chosen, Composed]]:
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


def _compose(batch: _Batch, compose: Compose, leaving: Sequence[_Chosen]) -> Sequence[Composed | Exception | None]:
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


def _write(batch: _Batch, worded: Sequence[tuple[_Chosen, Composed]]) -> list[Attempt]:
    """The attempts, written down before anybody is asked to take them."""
    if not worded:
        return []
    rows = [_delivery(batch, chosen, composed) for chosen, composed in worded]
    written = insert(Delivery).returning(Delivery.correlation_id, Delivery.id)
    ids = {row.correlation_id: row.id for row in batch.session.execute(written, rows)}
    attempts = []
    for (chosen, composed), row in zip(worded, rows, strict=True):
        message, correlation_id = chosen.message, row["correlation_id"]
        give_up_at = min(batch.now + LEASE, message.expires_at)
        fallback_at = row["patient_until"] if chosen.ways_left else None
        batch.moves.append(Move(message.state, message.expires_at, fallback_at, give_up_at, None, message.id))
        outgoing = _outgoing(chosen, composed, correlation_id, batch.now)
        attempts.append(Attempt(ids[correlation_id], chosen.channel, outgoing, give_up_at))
    return attempts


def _delivery(batch: _Batch, chosen: _Chosen, composed: Composed) -> dict[str, Any]:
    """The row of an attempt. `sent_to` and `sent_text` are what a look-up has to compare."""
    message, now = chosen.message, batch.now
    is_urgent = composed.is_urgent or message.purpose in CHANGES_CARE
    return {
        "message_id": message.id,
        "attempt": batch.known.attempts.get(message.id, 0) + 1,
        "channel": chosen.channel.name,
        "contact_point_id": chosen.point.id,
        "state": DeliveryState.LEASED.value,
        "correlation_id": uuid4().hex,
        "sent_to": chosen.point.address,
        "sent_text": composed.text,
        "started_at": now,
        "patient_until": now
        + patience(is_urgent=is_urgent, ways_left=chosen.ways_left, now=now, ends_at=message.expires_at),
        "look_up_at": now + LEASE + LOOK_UP_AFTER,
        "changed_at": now,
    }


def _outgoing(chosen: _Chosen, composed: Composed, correlation_id: str, now: datetime) -> Outgoing:
    return Outgoing(
        to=chosen.point.address,
        text=composed.text,
        correlation_id=correlation_id,
        valid_for_s=int((chosen.message.expires_at - now).total_seconds()),
        language=composed.language,
        title=composed.title,
        spoken=composed.spoken,
        link=composed.link,
        asks=composed.asks,
        topic=composed.topic,
        is_urgent=composed.is_urgent,
        purpose=chosen.message.purpose,
        fields=composed.fields,
    )


def _close(batch: _Batch, messages: Sequence[Message]) -> Counter[str]:
    """The clinic is asked to call whom a message cannot reach. Tells how many met which end."""
    by_id = {message.id: message for message in messages}
    ended = [move for move in batch.moves if move.state not in STILL_WANTED]
    for move in ended:
        if move.state == MessageState.FAILED.value:
            ask_clinic_to_call(batch.session, by_id[move.message_id], move.why, batch.now)
    return Counter(move.state for move in ended)
