"""Texts of times → points on the wall clock, as whole microseconds."""

from datetime import datetime, timedelta
from typing import NamedTuple

from companion.devices.uploads.dates import in_order, split_time
from companion.devices.uploads.orders import DateOrder, Votes
from companion.errors import BadInput

START = datetime(1900, 1, 1)  # noqa: DTZ001 (a wall clock's time has no zone)
"""Microseconds are counted from here, so that none is negative."""

MICROSECOND = timedelta(microseconds=1)


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
    time = times[0] if order.order else None
    if time is None:
        return None
    return Moment((time.local - START) // MICROSECOND, None if time.offset is None else time.offset // MICROSECOND)


def datetime_at(microseconds: int) -> datetime:
    """The wall-clock time, without a zone."""
    return START + timedelta(microseconds=microseconds)
