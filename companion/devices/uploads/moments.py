"""Texts of times → points on the wall clock, as whole microseconds."""

import re
from datetime import datetime, time, timedelta
from typing import NamedTuple

from companion.devices.uploads.dates import DateParts, in_order, split_time
from companion.devices.uploads.orders import DateOrder, Votes
from companion.errors import BadInput

START = datetime(1900, 1, 1)  # noqa: DTZ001 (a wall clock's time has no zone)
"""Microseconds are counted from here, so that none is negative."""

MICROSECOND = timedelta(microseconds=1)

_DATE = re.compile(r"([0-9]{1,4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,4})")


class Moment(NamedTuple):
    """`local` in microseconds since START; `offset` from UTC in microseconds where the text states it."""

    local: int
    offset: int | None


def moment_in(text: str, order: DateOrder, votes: Votes) -> Moment | None:
    """The time that a text tells; None while the order of its date is open.

    Raises BadInput for a text that is no time in any order that the file may have.
    """
    parts = split_time(text)
    if parts is None:
        raise BadInput(f"{text[:40]!r} is not a date with a time" if text else "no time")
    votes.hear(parts)
    times = [in_order(parts, each) for each in ([order.order] if order.order else order.possible)]
    if not any(times):
        raise BadInput(f"{text[:40]!r} is no date" + (f" in the order {order.order}" if order.order else ""))
    found = times[0] if order.order else None
    if found is None:
        return None
    return Moment((found.local - START) // MICROSECOND, None if found.offset is None else found.offset // MICROSECOND)


def midnight_in(date: str, order: DateOrder, votes: Votes) -> int | None:
    """Where the day begins that a plain date in numbers tells, like `23-02-2021`; None for anything else."""
    found = _DATE.fullmatch(date)
    if found is None or order.order is None:
        return None
    parts = DateParts((found[1], found[2], found[3]), time.min, None)
    votes.hear(parts)
    day = in_order(parts, order.order)
    return (day.local - START) // MICROSECOND if day else None


def datetime_at(microseconds: int) -> datetime:
    """The wall-clock time, without a zone."""
    return START + timedelta(microseconds=microseconds)
