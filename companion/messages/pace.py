"""What a provider bears: messages a second, from all processes together.

A take of n messages keeps the channel until `free_at`; takes are small, so that in no second more than `per_second`
leave (`fitting`, which is pure, tells why).
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.clock import MILLISECOND
from companion.messages.models import ChannelPace
from companion.messages.unique import insert_unless_known

UNLIMITED = 1e6
"""Messages a second that need no counting: nothing here is as fast."""


@dataclass(frozen=True, slots=True)
class Taken:
    """So many may leave now. The next may at `free_at`, each a `step` after the one before it."""

    count: int
    free_at: datetime
    step: timedelta


@dataclass(slots=True)
class Turns:
    """What had to wait for a channel's pace in this round: how many by channel, and when the last of them has its
    turn. So a message that waits is in nobody's way until then."""

    waiting: Counter[str] = field(default_factory=Counter)
    last_at: datetime | None = None

    def give(self, channel: str, taken: Taken) -> datetime:
        """When the next one has its turn, behind those who wait already."""
        at = taken.free_at + self.waiting[channel] * taken.step
        self.waiting[channel] += 1
        return self.keep(at)

    def keep(self, at: datetime) -> datetime:
        """The same for one that need not stand in line: it had its turn before, or cannot wait."""
        self.last_at = at if self.last_at is None else max(at, self.last_at)
        return at

    def are_left(self, now: datetime) -> bool:
        """Whether somebody's turn has yet to come."""
        return self.last_at is not None and now <= self.last_at


def fitting(wanted: int, per_second: float, free_at: datetime, now: datetime) -> Taken:
    """How many of `wanted` may leave now.

    Takes of n_i at t_i are n_i steps apart. So in the half-open second that ends with a take of at most `most`,
    fewer than 1 s / step left before it: with step = 1 s / (per_second + 1 - most) that makes per_second at most.
    """
    most = max(1, int(per_second) // 10)
    step = timedelta(seconds=1 / (per_second + 1 - most))
    if free_at > now:
        return Taken(0, free_at, step)
    count = min(wanted, most)
    # Rounded up: databases keep milliseconds, and one that is lost would let one more leave.
    return Taken(count, now - count * step // -MILLISECOND * MILLISECOND, step)


def take(session: Session, channel: str, wanted: int, per_second: float, now: datetime) -> Taken:
    """Takes them for this transaction; whoever else takes waits for its end."""
    if per_second >= UNLIMITED:
        return Taken(wanted, now, timedelta(0))
    pace = session.scalar(select(ChannelPace).where(ChannelPace.channel == channel).with_for_update())
    if pace is None:
        session.execute(insert_unless_known(session, ChannelPace, "channel").values(channel=channel, free_at=now))
        pace = session.scalars(select(ChannelPace).where(ChannelPace.channel == channel).with_for_update()).one()
    taken = fitting(wanted, per_second, pace.free_at, now)
    if taken.count:
        pace.free_at = taken.free_at
    return taken
