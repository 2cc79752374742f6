"""Whether messages arrive, and how fast: by purpose, by channel, and what providers say of those that did not.

Counted by the database, of everybody; the page asks for a day or a week.
"""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from companion.messages.models import Delivery, DeliveryState, Message, MessageState
from companion.reminders.expressions import Milliseconds

MOST_FAULTS = 20
"""So many kinds of trouble are listed, the most frequent first."""


class Purposes(NamedTuple):
    """The messages of one purpose, by what became of them so far."""

    purpose: str
    counts: Counter[str]

    @property
    def n(self) -> int:
        return self.counts.total()

    def among(self, *states: MessageState) -> int:
        return sum(self.counts[state.value] for state in states)


class Speed(NamedTuple):
    """Of `n` attempts by one channel of which it is known that they arrived: the middle, and the slow end."""

    n: int
    p50: timedelta
    p90: timedelta


class Fault(NamedTuple):
    """So many attempts of a channel ended with that code; `means`: what the channel made of it (channel.Refusal)."""

    channel: str
    code: str
    means: str
    n: int


def by_purpose(session: Session, since: datetime, until: datetime) -> list[Purposes]:
    """Messages that were to leave in that time, the most frequent purpose first."""
    query = select(Message.purpose, Message.state, func.count()).where(
        Message.state.in_([state.value for state in MessageState]),  # written out, so that the index is used
        Message.next_try_at >= since,
        Message.next_try_at <= until,
    )
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for purpose, state, n in session.execute(query.group_by(Message.purpose, Message.state)):
        found[purpose][state] = n
    return sorted((Purposes(*each) for each in found.items()), key=lambda each: (-each.n, each.purpose))


def speeds(session: Session, since: datetime) -> dict[str, Speed]:
    """By channel, from the start of the attempt to the provider's word that it arrived; each a time that was
    measured (nearest rank)."""
    took = (Milliseconds(Delivery.changed_at) - Milliseconds(Delivery.started_at)).label("took")
    place = func.row_number().over(partition_by=Delivery.channel, order_by=took).label("place")
    n = func.count().over(partition_by=Delivery.channel).label("n")
    arrived = Delivery.state == DeliveryState.DELIVERED.value, Delivery.started_at >= since
    ranked = select(Delivery.channel, took, place, n).where(*arrived).subquery().c
    # ceil(share x n) in whole numbers, as both engines divide them.
    is_p50, is_p90 = ranked.place == (ranked.n * 5 + 9) // 10, ranked.place == (ranked.n * 9 + 9) // 10
    query = select(ranked.channel, ranked.n, ranked.took).where(or_(is_p50, is_p90)).order_by(ranked.place)
    spans: defaultdict[str, list[timedelta]] = defaultdict(list)
    counts: dict[str, int] = {}
    for channel, counted, took_ms in session.execute(query):
        counts[channel] = counted
        spans[channel].append(timedelta(milliseconds=took_ms))
    return {channel: Speed(counts[channel], found[0], found[-1]) for channel, found in spans.items()}


def faults(session: Session, since: datetime) -> list[Fault]:
    """What attempts ended with that did not get through, the most frequent first."""
    kind = Delivery.channel, Delivery.error_code, Delivery.means
    query = select(*kind, func.count()).where(Delivery.error_code.is_not(None), Delivery.started_at >= since)
    by_number = query.group_by(*kind).order_by(func.count().desc(), Delivery.channel, Delivery.error_code)
    rows = session.execute(by_number.limit(MOST_FAULTS))
    return [Fault(channel, code or "", means or "", n) for channel, code, means, n in rows]
