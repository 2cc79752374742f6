"""Times as exports write them, and the one order of day and month that a whole file is read with."""

import re
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from companion.devices.uploads.months import with_numeric_month

ORDERS = ("DMY", "MDY", "YMD")

_OLDEST, _NEWEST = 1970, 2099
"""Years outside are slips of the pen or of a clock that was never set."""

FARTHEST_OFFSET = timedelta(hours=14)
"""Kiribati; no place on earth is further from UTC."""

_TIME = re.compile(
    r"(?P<first>[0-9]{1,4})[-/.](?P<second>[0-9]{1,2})[-/.](?P<third>[0-9]{1,4})[T ,.-]*\s*"
    r"(?P<half_first>[AP]M)?\s*(?<![0-9])(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})"
    r"(?:[:.](?P<second_of_minute>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,6})[0-9]*)?)?\s*(?P<half>[AP]M)?\s*"
    r"(?P<offset>Z|(?:UTC|GMT)?[+-][0-9]{1,2}(?::?[0-9]{2})?|UTC|GMT)?"
)
_CHINESE = str.maketrans({"年": "-", "月": "-", "日": " ", "时": ":", "：": ":", "\u00a0": " ", "\u202f": " "})
_HALVES = ((re.compile(r"上午|\bA\.\s?M\."), "AM"), (re.compile(r"下午|\bP\.\s?M\."), "PM"))


class DateParts(NamedTuple):
    """The three numbers of a date as written, the time of day, and the offset from UTC if the text has one."""

    numbers: tuple[str, str, str]
    clock: time
    offset: timedelta | None


class LocalTime(NamedTuple):
    """A wall-clock time without zone; `offset` from UTC where the file states it."""

    local: datetime
    offset: timedelta | None


def split_time(text: str) -> DateParts | None:
    """The parts of a time like `23-02-2021 22:10`, `3/20/21 5:38 PM`, `2024年3月5日 下午2:30` or ISO 8601."""
    found = _TIME.fullmatch(text) or _TIME.fullmatch(_tidy(text))
    if found is None:
        return None
    clock, offset = _clock(found), _offset(found["offset"])
    if clock is None or (offset and abs(offset) > FARTHEST_OFFSET):
        return None
    return DateParts((found["first"], found["second"], found["third"]), clock, offset)


def in_order(parts: DateParts, order: str) -> LocalTime | None:
    """The time when its date is written in that order; None when there is no such date.

    A year of two digits is in this century. A year of four digits that stands first is never anything else.
    """
    first, second, third = parts.numbers
    if is_year_first(parts) or order == "YMD":
        year, month, day = first, second, third
    elif order == "DMY":
        year, month, day = third, second, first
    else:
        year, month, day = third, first, second
    on = _date(year, month, day)
    return LocalTime(datetime.combine(on, parts.clock), parts.offset) if on else None


def is_year_first(parts: DateParts) -> bool:
    """Whether the date begins with more than two digits: then nothing is left to decide."""
    return len(parts.numbers[0]) > 2


def _tidy(text: str) -> str:
    text = with_numeric_month(text.strip().translate(_CHINESE)).upper()
    for pattern, half in _HALVES:
        text = pattern.sub(half, text)
    return text


def _clock(found: re.Match[str]) -> time | None:
    hour, half = int(found["hour"]), found["half"] or found["half_first"]
    if half and hour > 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "PM" else 0)
    fraction = (found["fraction"] or "").ljust(6, "0")
    try:
        return time(hour, int(found["minute"]), int(found["second_of_minute"] or 0), int(fraction))
    except ValueError:
        return None


def _offset(text: str | None) -> timedelta | None:
    if text is None:
        return None
    digits = re.sub(r"[^0-9]", "", text)
    if not digits:
        return timedelta(0)
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    size = timedelta(hours=int(hours), minutes=int(minutes))
    return -size if "-" in text else size


def _date(year: str, month: str, day: str) -> date | None:
    if len(year) not in (2, 4) or len(day) > 2:
        return None
    full_year = int(year) + (2000 if len(year) == 2 else 0)
    if not _OLDEST <= full_year <= _NEWEST:
        return None
    try:
        return date(full_year, int(month), int(day))
    except ValueError:
        return None
