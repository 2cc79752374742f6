"""Moments that are written as a count since 1970 → the same moment as ISO text."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from companion.devices.uploads.dates import FARTHEST_OFFSET

_START = datetime(1970, 1, 1, tzinfo=UTC)
_COUNT = re.compile(r"-?[0-9]{1,16}(?:\.[0-9]{1,9})?")


def iso_of_milliseconds(text: str, offset_min: str = "") -> str:
    """`1703175600000` → `2023-12-21T16:20:00+00:00`, with `-300` → `2023-12-21T11:20:00-05:00`.

    A text that is no such count comes back as it is.
    """
    count = _count(text)
    return text if count is None else _iso(text, count, _offset(offset_min, 60))


def iso_of_seconds(text: str, offset_s: str) -> str:
    """`1673275455` with `-18000` → `2023-01-09T09:44:15-05:00`: the local time, with its offset from UTC.

    Without a readable offset the moment is as certain and told in UTC.
    """
    count = _count(text)
    return text if count is None else _iso(text, count * 1000, _offset(offset_s, 1))


def _offset(text: str, seconds: int) -> timedelta:
    """The offset from UTC, counted in so many seconds; none where it is unreadable or no place on earth has it."""
    count = _count(text)
    offset = timedelta(0) if count is None else timedelta(seconds=int(count) * seconds)
    return offset if abs(offset) <= FARTHEST_OFFSET and offset % timedelta(minutes=1) == timedelta(0) else timedelta(0)


def _count(text: str) -> Decimal | None:
    return Decimal(text) if _COUNT.fullmatch(text) else None


def _iso(text: str, milliseconds: Decimal, offset: timedelta) -> str:
    try:
        moment = (_START + timedelta(milliseconds=int(milliseconds))).astimezone(timezone(offset))
    except (OverflowError, ValueError):
        return text
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
