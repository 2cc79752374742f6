"""The fields of a regimen's JSON, each read strictly: value and place in, the field's value or BadInput out."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from companion.clock import parse_instant
from companion.errors import BadInput
from companion.reminders.schedules.rule import WEEK, Weekday

LONGEST_HOURS = 876_600
"""A hundred years. A longer interval is a slip of the pen, and would leave the calendar."""


MINUTES_A_DAY = 1440


class NoZone(BadInput):
    """An instant was written without `Z` or an offset: nobody can say when it is."""


Reader = Callable[[Any, str], Any]


def as_object(value: Any, where: str, required: set[str], optional: frozenset[str] = frozenset()) -> None:
    """Refuses anything but an object with all the `required` keys and no others than the `optional` ones."""
    if not isinstance(value, Mapping):
        raise BadInput("not an object", where=where, advice="write it as {…}")
    if missing := sorted(required - set(value)):
        raise BadInput(f"{missing[0]!r} is missing", where=where, advice="add it")
    if unknown := sorted(set(value) - required - optional):
        known = ", ".join(sorted(required | optional))
        raise BadInput(f"{unknown[0]!r} is not a key here", where=where, advice=f"known keys: {known}")


def as_text(value: Any, where: str) -> str:
    """Printable text with at least one character that is not a space."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise BadInput(f"{value!r} is not text", where=where, advice='write it in quotes, like "4"')
    return value


def as_date(value: Any, where: str) -> date:
    """A local calendar date, YYYY-MM-DD."""
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ValueError(value)
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadInput(f"{value!r} is not a date", where=where, advice="write it like 2026-03-01") from None


def as_instant(value: Any, where: str) -> datetime:
    """RFC 3339 → aware UTC. Raises NoZone when the zone is missing, and guesses none."""
    try:
        return parse_instant(value, where)
    except BadInput as bad:
        raise (NoZone(bad.what, where=where, advice=bad.advice) if _lacks_zone(value) else bad) from None


def _lacks_zone(text: Any) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except (TypeError, ValueError):
        return False


def as_anchor(value: Any, where: str) -> datetime:
    """Aware UTC, whole seconds: every due time is counted from it and written in whole seconds."""
    instant = as_instant(value, where)
    if instant.microsecond:
        raise BadInput(f"{value!r} is not a whole second", where=where, advice="leave the fraction out")
    return instant


def as_time(value: Any, where: str) -> time:
    if not isinstance(value, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise BadInput(f"{value!r} is not a time of day", where=where, advice="write it like 08:00")
    return time.fromisoformat(value)


def list_of(read: Reader) -> Reader:
    """A list with at least one entry."""

    def read_list(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or not value:
            raise BadInput("not a list with at least one entry", where=where, advice="write it as […]")
        return tuple(read(entry, f"{where}[{place}]") for place, entry in enumerate(value))

    return read_list


def as_times(value: Any, where: str) -> tuple[time, ...]:
    """Sorted. Equal ones are refused: two doses at one time are one dose of twice the amount, or a slip."""
    if isinstance(value, list) and len(value) > MINUTES_A_DAY:
        raise BadInput(f"{len(value)} times a day", where=where, advice="a day has 1440 minutes; write each time once")
    times = sorted(list_of(as_time)(value, where))
    for earlier, later in pairwise(times):
        if earlier == later:
            raise BadInput(f"{later:%H:%M} is there twice", where=where, advice="write each time once")
    return tuple(times)


def whole(least: int, most: int | None = None) -> Reader:
    def read_whole(value: Any, where: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadInput(f"{value!r} is not a whole number", where=where, advice="write it like 3")
        if value < least or (most is not None and value > most):
            bounds = f"{least} or more" if most is None else f"between {least} and {most}"
            raise BadInput("out of range", where=where, advice=f"it must be {bounds}")
        return value

    return read_whole


def as_hours(value: Any, where: str) -> timedelta:
    """Hours, decimal if they are whole minutes, as elapsed time."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise BadInput(f"{value!r} is not a number of hours", where=where, advice="write it like 8 or 0.5")
    hours = Decimal(str(value))
    if not (hours.is_finite() and 0 < hours <= LONGEST_HOURS):
        raise BadInput(f"{hours} hours cannot be", where=where, advice=f"more than 0, at most {LONGEST_HOURS}")
    minutes = int(hours * 60)
    if minutes < 1 or Decimal(minutes) / 60 != hours:
        raise BadInput(f"{hours} hours are not whole minutes", where=where, advice="write it like 8 or 0.5")
    return timedelta(minutes=minutes)


def as_weekday(value: Any, where: str) -> Weekday:
    if value not in WEEK:
        raise BadInput(f"{value!r} is not a weekday", where=where, advice="one of " + ", ".join(WEEK))
    return Weekday(value)


def set_of(read: Reader) -> Reader:
    """Which days: naming one twice says nothing new."""

    def read_set(value: Any, where: str) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(list_of(read)(value, where)))

    return read_set
