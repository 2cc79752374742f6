"""Rules and schedules as a regimen's JSON carries them (`companion timetable --help` names the command).

Reading is strict: an unknown key, a wrong type or a time that does not exist is refused with its place,
because a rule half understood is a dose given wrongly.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from companion.clock import get_zone, parse_instant
from companion.errors import BadInput
from companion.reminders.rule import (
    WEEK,
    AfterTaken,
    AsNeeded,
    Cycle,
    Daily,
    DaysOfMonth,
    EveryNDays,
    Interval,
    Linked,
    Rule,
    Schedule,
    Step,
    Taper,
    Weekday,
    Weekdays,
    Window,
)

LONGEST_HOURS = 876_600
"""A hundred years. A longer interval is a slip of the pen, and would leave the calendar."""


class NoZone(BadInput):
    """An instant was written without `Z` or an offset: nobody can say when it is."""


# Reading. A reader takes the JSON value and its place, and gives the field's value or raises BadInput.

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


def _anchor(value: Any, where: str) -> datetime:
    """Aware UTC, whole seconds: every due time is counted from it and written in whole seconds."""
    instant = as_instant(value, where)
    if instant.microsecond:
        raise BadInput(f"{value!r} is not a whole second", where=where, advice="leave the fraction out")
    return instant


def _time(value: Any, where: str) -> time:
    if not isinstance(value, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise BadInput(f"{value!r} is not a time of day", where=where, advice="write it like 08:00")
    return time.fromisoformat(value)


def _list_of(read: Reader) -> Reader:
    """A list with at least one entry."""

    def read_list(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or not value:
            raise BadInput("not a list with at least one entry", where=where, advice="write it as […]")
        return tuple(read(entry, f"{where}[{place}]") for place, entry in enumerate(value))

    return read_list


def _times(value: Any, where: str) -> tuple[time, ...]:
    """Sorted. Equal ones are refused: two doses at one time are one dose of twice the amount, or a slip."""
    times = sorted(_list_of(_time)(value, where))
    for earlier, later in pairwise(times):
        if earlier == later:
            raise BadInput(f"{later:%H:%M} is there twice", where=where, advice="write each time once")
    return tuple(times)


def _whole(least: int, most: int | None = None) -> Reader:
    def read_whole(value: Any, where: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadInput(f"{value!r} is not a whole number", where=where, advice="write it like 3")
        if value < least or (most is not None and value > most):
            bounds = f"{least} or more" if most is None else f"between {least} and {most}"
            raise BadInput("out of range", where=where, advice=f"it must be {bounds}")
        return value

    return read_whole


def _hours(value: Any, where: str) -> timedelta:
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


def _weekday(value: Any, where: str) -> Weekday:
    if value not in WEEK:
        raise BadInput(f"{value!r} is not a weekday", where=where, advice="one of " + ", ".join(WEEK))
    return Weekday(value)


def _set_of(read: Reader) -> Reader:
    """Which days: naming one twice says nothing new."""

    def read_set(value: Any, where: str) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(_list_of(read)(value, where)))

    return read_set


def _step(value: Any, where: str) -> Step:
    as_object(value, where, {"days", "amount", "times"})
    return Step(
        _whole(1)(value["days"], f"{where}.days"),
        as_text(value["amount"], f"{where}.amount"),
        _times(value["times"], f"{where}.times"),
    )


# Kind → the class and, in the order of its fields, the JSON key and reader of each.
SHAPES: dict[str, tuple[type[Rule], dict[str, Reader]]] = {
    "daily": (Daily, {"times": _times}),
    "weekdays": (Weekdays, {"days": _set_of(_weekday), "times": _times}),
    "every_n_days": (EveryNDays, {"n": _whole(1), "times": _times}),
    "days_of_month": (DaysOfMonth, {"days": _set_of(_whole(1, 31)), "times": _times}),
    "cycle": (Cycle, {"on": _whole(1), "off": _whole(0), "times": _times}),
    "interval": (Interval, {"hours": _hours, "anchor": _anchor}),
    "window": (Window, {"from": _time, "to": _time, "every_minutes": _whole(1)}),
    "taper": (Taper, {"steps": _list_of(_step)}),
    "prn": (AsNeeded, {"max_per_24h": _whole(1), "min_gap_minutes": _whole(0)}),
    "after_taken": (AfterTaken, {"hours": _hours}),
    "linked": (Linked, {"minutes": _whole(0)}),
}
KIND_OF = {shape: kind for kind, (shape, _) in SHAPES.items()}


def parse_rule(value: Any, where: str = "rule") -> Rule:
    """The rule that a JSON object says. Raises BadInput naming the path of what is wrong."""
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if not isinstance(kind, str) or kind not in SHAPES:
        advice = "one of " + ", ".join(SHAPES)
        raise BadInput(f"{kind!r} is not a kind of rule", where=f"{where}.kind", advice=advice)
    shape, readers = SHAPES[kind]
    as_object(value, where, {"kind", *readers})
    rule = shape(*(read(value[key], f"{where}.{key}") for key, read in readers.items()))
    if isinstance(rule, Window) and rule.closes <= rule.opens:
        raise BadInput("not after 'from'", where=f"{where}.to", advice="a window ends later the same day")
    return rule


def rule_as_dict(rule: Rule) -> dict[str, Any]:
    """The rule as JSON would carry it; `parse_rule` gives the same rule back."""
    kind = KIND_OF[type(rule)]
    values = (getattr(rule, field.name) for field in fields(rule))
    return {"kind": kind} | {key: _written(value) for key, value in zip(SHAPES[kind][1], values, strict=True)}


def _written(value: Any) -> Any:
    match value:
        case tuple():
            return [_written(entry) for entry in value]
        case Step():
            return {"days": value.days, "amount": value.amount, "times": _written(value.times)}
        case time():
            return f"{value:%H:%M}"
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case timedelta():
            hours = Decimal(value // timedelta(minutes=1)) / 60
            return int(hours) if hours == int(hours) else float(hours)
        case Weekday():
            return str(value)
    return value


def parse_schedule(value: Any, where: str = "regimen") -> Schedule:
    """The JSON object {"zone", "start", "end", "rule"} → Schedule; raises BadInput naming the path."""
    as_object(value, where, {"zone", "start", "rule"}, frozenset({"end"}))
    start, end = as_date(value["start"], f"{where}.start"), value.get("end")
    schedule = Schedule(
        get_zone(value["zone"], f"{where}.zone"),
        start,
        None if end is None else as_date(end, f"{where}.end"),
        parse_rule(value["rule"], f"{where}.rule"),
    )
    if schedule.end and schedule.end < start:
        raise BadInput("before 'start'", where=f"{where}.end", advice="the last day is on or after the first")
    return schedule


def schedule_as_dict(schedule: Schedule) -> dict[str, Any]:
    """The schedule as JSON would carry it; `parse_schedule` gives the same one back."""
    return {
        "zone": schedule.zone.key,
        "start": schedule.start.isoformat(),
        "end": schedule.end.isoformat() if schedule.end else None,
        "rule": rule_as_dict(schedule.rule),
    }
