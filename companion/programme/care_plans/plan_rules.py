"""When something of a care plan is late, when it has to be looked at next, and which words and days may stand in it.
Pure."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.errors import BadInput

SHORTEST_WORDS, LONGEST_WORDS = 3, 300
"""Characters of a goal, a step, or of what was done."""
LONGEST_AHEAD = timedelta(days=730)
"""How far ahead a step or a review may lie. A house rule: a slip in the year is refused."""


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


class Step(NamedTuple):
    """An open step. `due_on`: the last local day on which it is in time."""

    id: str
    due_on: date


class Look(NamedTuple):
    """What a look at a plan finds: the steps that are late, whether the review's day has come, and when to look again,
    as an aware instant (None: there is nothing to wait for)."""

    late: tuple[Step, ...]
    is_review_due: bool
    again_at: datetime | None


def look_at(steps: Iterable[Step], review_on: date | None, today: date, zone: ZoneInfo) -> Look:
    """`today` is the patient's calendar day. A step is late from the day after its own; a review is due on its day."""
    late, days = [], []
    for step in steps:
        if step.due_on < today:
            late.append(step)
        else:
            days.append(step.due_on + timedelta(days=1))
    is_review_due = review_on is not None and review_on <= today
    if review_on is not None and not is_review_due:
        days.append(review_on)
    again_at = datetime.combine(min(days), time.min, zone) if days else None
    return Look(tuple(late), is_review_due, again_at)


def checked_words(words: str, where: str) -> str:
    """Raises BadInput for words that are too few to mean anything, or too many."""
    words = " ".join(words.split())
    if len(words) < SHORTEST_WORDS:
        raise BadInput(_("needs a few words"), where=where, advice=_("write it so that everybody understands it"))
    if len(words) > LONGEST_WORDS:
        raise BadInput(_("is too long"), where=where, advice=_("write at most 300 characters"))
    return words


def checked_day(day: date | None, today: date, where: str, *, after: date | None = None) -> date:
    """A day to come: today or later, or later than `after`. Raises BadInput."""
    if day is None:
        raise BadInput(_("needs a day"), where=where, advice=_("write the day until which it is to be done"))
    if day < today or (after is not None and day <= after):
        raise BadInput(_("lies in the past"), where=where, advice=_("write a day to come"))
    if day > today + LONGEST_AHEAD:
        raise BadInput(_("lies too far ahead"), where=where, advice=_("write a day within two years"))
    return day
