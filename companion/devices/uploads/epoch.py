"""Moments that are written as a count since 1970 → the same moment as ISO text."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

_START = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_OFFSET_S = 14 * 3600
_COUNT = re.compile(r"-?[0-9]{1,16}(?:\.[0-9]{1,9})?")


def iso_of_milliseconds(text: str) -> str:
    """`1703175600000` → `2023-12-21T16:20:00+00:00`; a text that is no such count comes back as it is."""
    count = _count(text)
    return text if count is None else _iso(text, count, timedelta(0))


def iso_of_seconds(text: str, offset_s: str) -> str:
    """`1673275455` with `-18000` → `2023-01-09T09:44:15-05:00`: the local time, with its offset from UTC.

    Without a readable offset the moment is as certain and told in UTC.
    """
    count, offset = _count(text), _count(offset_s)
    if count is None:
        return text
    is_usable = offset is not None and abs(offset) <= _LONGEST_OFFSET_S and offset % 60 == 0
    return _iso(text, count * 1000, timedelta(seconds=int(offset or 0)) if is_usable else timedelta(0))


def _count(text: str) -> Decimal | None:
    return Decimal(text) if _COUNT.fullmatch(text) else None


def _iso(text: str, milliseconds: Decimal, offset: timedelta) -> str:
    try:
        moment = (_START + timedelta(milliseconds=int(milliseconds))).astimezone(timezone(offset))
    except (OverflowError, ValueError):
        return text
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
