"""The desk's queue from afar: how many wait about what, and since when. Nobody's name, and nothing that was said."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.programme.desk.desk_models import Conversation, Subject
from companion.programme.desk.serving import OTHERS_AFTER, expected_for, is_free


class Waiting(NamedTuple):
    """`since`: the one that waits longest. `too_long`: those that are offered to everybody by now."""

    subject: str
    waiting: int
    too_long: int
    since: datetime


class Queue(NamedTuple):
    """`next_wait`: how long whoever asks now may expect to wait; None: nothing is promised."""

    waiting: list[Waiting]
    next_wait: timedelta | None


def queue_counts(session: Session, now: datetime) -> Queue:
    """By subject, in the order of the form; those of which none waits are left out."""
    asked: defaultdict[str, list[datetime]] = defaultdict(list)
    for subject, asked_at in session.execute(select(Conversation.subject, Conversation.asked_at).where(is_free(now))):
        asked[subject].append(asked_at)
    waiting = [_counted(each.value, asked[each.value], now) for each in Subject if asked[each.value]]
    return Queue(waiting, expected_for(session, sum(each.waiting for each in waiting), now))


def _counted(subject: str, asked: list[datetime], now: datetime) -> Waiting:
    too_long = sum(each <= now - OTHERS_AFTER for each in asked)
    return Waiting(subject, len(asked), too_long, min(asked))
