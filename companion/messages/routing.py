"""By which of a person's ways a message goes next. Pure; all instants are aware UTC.

| what became of the ways tried | what is done |
|---|---|
| one brought it, or took it and never tells more | nothing |
| one surely did not take it | the same again after its wait; once its patience is over, one not tried yet |
| one is silent, within its patience | wait |
| one is silent, its patience over | one not tried yet; the silent one never again |
| one was refused | at once one not tried yet; without such, what may pass is tried again after a wait |
| all are refused, and none of it may pass | there is no way: a person at the clinic has to call |
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from companion.care.contact_models import ContactState, Topic
from companion.messages.channel import Refusal
from companion.messages.delivery_state import MAX_REFUSALS
from companion.messages.models import DeliveryState

PATIENCE = timedelta(minutes=15)
URGENT_PATIENCE = timedelta(minutes=5)
"""How long a way may be silent before the next is tried (reference/reminders.md §6: critical, and else)."""

SILENT = (DeliveryState.LEASED, DeliveryState.AMBIGUOUS, DeliveryState.ACCEPTED, DeliveryState.SENT)
TAKEN = (DeliveryState.ACCEPTED, DeliveryState.SENT)
REFUSED = (DeliveryState.REJECTED, DeliveryState.UNDELIVERED)


class NoWayBecause(StrEnum):
    """Why a person cannot be reached at all; of several reasons the first of these."""

    OPTED_OUT = "opted_out"
    BAD_ADDRESS = "bad_address"
    NO_CONSENT = "no_consent"
    NOT_VERIFIED = "not_verified"
    NO_CHANNEL = "no_channel"
    NO_ADDRESS = "no_address"


@dataclass(frozen=True, slots=True)
class Way:
    """One of a person's addresses, as far as routing asks about it."""

    point_id: int
    kind: str
    state: str
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """The ways that may be used, in order; and, where there are none, why."""

    ways: Sequence[Way]
    why_none: NoWayBecause | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """An earlier attempt. `tells`: its channel says later what became of it. `point_id`: None for an address that is
    not known any more."""

    point_id: int | None
    state: DeliveryState
    patient_until: datetime
    means: Refusal | None = None
    again_at: datetime | None = None
    tells: bool = True
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """Hand it over to this address now. `ways_left`: so many others could be used after it."""

    point_id: int
    ways_left: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again then."""

    at: datetime


@dataclass(frozen=True, slots=True)
class NothingMore:
    """It has arrived, or all that can be done was done: only a report changes anything."""


@dataclass(frozen=True, slots=True)
class NoWay:
    """Nobody can bring it."""

    why: str


Decision: TypeAlias = Use | Wait | NothingMore | NoWay


def usable(
    ways: Sequence[Way],
    topic: Topic | None,
    agreed: Collection[tuple[str, str]],
    kinds: Collection[str],
    *,
    first: int = 0,
) -> Offered:
    """Of a person's addresses, in their order, those that may be used for the topic.

    `agreed`: (kind, topic) that the person agreed to; `kinds`: those with a channel here; `first`: with which of the
    ways to begin, counted from 0.
    """
    faults = [_why_not(way, topic, agreed, kinds) for way in ways]
    good = [way for way, fault in zip(ways, faults, strict=True) if fault is None]
    if not good:
        return Offered((), min(filter(None, faults), key=list(NoWayBecause).index, default=NoWayBecause.NO_ADDRESS))
    turn = first % len(good)
    return Offered(good[turn:] + good[:turn])


def only(way: Way | None, kinds: Collection[str]) -> Offered:
    """The one address a message is for, though nobody vouched for it yet: a code that proves it."""
    if way is None:
        return Offered((), NoWayBecause.NO_ADDRESS)
    return Offered([way]) if way.kind in kinds else Offered((), NoWayBecause.NO_CHANNEL)


def _why_not(
    way: Way, topic: Topic | None, agreed: Collection[tuple[str, str]], kinds: Collection[str]
) -> NoWayBecause | None:
    if way.state == ContactState.OPTED_OUT:
        return NoWayBecause.OPTED_OUT
    if way.state == ContactState.BAD:
        return NoWayBecause.BAD_ADDRESS
    if topic is not None and (way.kind, topic.value) not in agreed:
        return NoWayBecause.NO_CONSENT
    if not way.is_verified:
        return NoWayBecause.NOT_VERIFIED
    return None if way.kind in kinds else NoWayBecause.NO_CHANNEL


def patience(*, is_urgent: bool, ways_left: int, now: datetime, ends_at: datetime) -> timedelta:
    """How long to wait for a way that is used now: what is usual, but no more than its share of what is left of the
    window, so that the others get their turn."""
    share = (ends_at - now) / (ways_left + 1)
    return min(URGENT_PATIENCE if is_urgent else PATIENCE, share)


def next_way(offered: Offered, tried: Sequence[Tried], now: datetime) -> Decision:
    """What to do now about a message that is not too late. `tried`: in the order of the attempts."""
    if any(_is_the_end(attempt) for attempt in tried):
        return NothingMore()
    by_point = _by_point(tried)
    fresh = [way for way in offered.ways if way.point_id not in by_point]
    again = _again(offered.ways, by_point)
    hoped_for = [attempt.patient_until for attempt in tried if attempt.state in SILENT and now < attempt.patient_until]
    if hoped_for and (fresh or again):
        return Wait(max(hoped_for))
    preferred = {way: at for way, at in again.items() if _is_asked_for(by_point[way], now)}
    if fresh and not preferred:
        return Use(fresh[0].point_id, ways_left=len(fresh) - 1 + len(again))
    if again:
        others_from = min((by_point[way][0].patient_until for way in preferred), default=None) if fresh else None
        return _use_again(offered.ways, preferred or again, len(fresh) + len(again) - 1, others_from, now)
    if any(attempt.state in SILENT for attempt in tried):
        return NothingMore()
    return NoWay(_reason(offered, tried))


def _is_the_end(attempt: Tried) -> bool:
    """It has arrived; or nothing more can be learnt of it; or nobody knows any more by which way it left."""
    return (
        attempt.state is DeliveryState.DELIVERED
        or (attempt.state in TAKEN and not attempt.tells)
        or (attempt.state in SILENT and attempt.point_id is None)
    )


def _by_point(tried: Sequence[Tried]) -> Mapping[int | None, list[Tried]]:
    found: dict[int | None, list[Tried]] = {}
    for attempt in tried:
        found.setdefault(attempt.point_id, []).append(attempt)
    return found


def _again(ways: Sequence[Way], by_point: Mapping[int | None, list[Tried]]) -> dict[int, datetime]:
    """The ways that may be tried again, and from when on."""
    found = {}
    for way in ways:
        attempts = by_point.get(way.point_id)
        if attempts and _may_be_repeated(attempts):
            found[way.point_id] = attempts[-1].again_at or attempts[-1].patient_until
    return found


def _may_be_repeated(attempts: Sequence[Tried]) -> bool:
    """The last attempt surely did not leave the message there, and asking again may help."""
    last = attempts[-1]
    if any(attempt.state in SILENT for attempt in attempts):
        return False
    refusals = [attempt for attempt in attempts if attempt.state in REFUSED]
    if any(attempt.means is not Refusal.TRY_AGAIN for attempt in refusals) or len(refusals) >= MAX_REFUSALS:
        return False
    return last.state is DeliveryState.RETRY or last.state in REFUSED


def _is_asked_for(attempts: Sequence[Tried], now: datetime) -> bool:
    """A way that did not take it comes before fresh ones until its patience is over."""
    return attempts[-1].state is DeliveryState.RETRY and now < attempts[0].patient_until


def _use_again(
    ways: Sequence[Way], again: Mapping[int, datetime], ways_left: int, others_from: datetime | None, now: datetime
) -> Use | Wait:
    """The way whose wait ends first; from `others_from` on one that is fresh has its turn."""
    chosen = min((way for way in ways if way.point_id in again), key=lambda way: again[way.point_id])
    if again[chosen.point_id] <= now:
        return Use(chosen.point_id, ways_left)
    return Wait(min(again[chosen.point_id], others_from or again[chosen.point_id]))


def _reason(offered: Offered, tried: Sequence[Tried]) -> str:
    """The provider's own code, where one refused; else what is wrong with the addresses."""
    codes = [attempt.code for attempt in tried if attempt.code]
    return codes[-1] if codes else str((offered.why_none or NoWayBecause.NO_ADDRESS).value)
