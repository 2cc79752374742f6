"""Rules and schedules as a regimen's JSON carries them (`companion timetable --help` names the command).

Reading is strict: an unknown key, a wrong type or a time that does not exist is refused with its place,
because a rule half understood is a dose given wrongly.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from companion.clock import get_zone
from companion.errors import BadInput
from companion.reminders.schedules.rule import (
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
    Weekdays,
    Window,
)
from companion.reminders.schedules.rule_fields import (
    Reader,
    as_anchor,
    as_date,
    as_hours,
    as_object,
    as_text,
    as_time,
    as_times,
    as_weekday,
    list_of,
    set_of,
    whole,
)


def _amounts(value: Any, where: str) -> tuple[str, ...]:
    """As written; `parse_rule` holds them against the times."""
    amounts: tuple[str, ...] = list_of(as_text)(value, where)
    return amounts


def _step(value: Any, where: str) -> Step:
    as_object(value, where, {"days", "amount", "times"})
    return Step(
        whole(1)(value["days"], f"{where}.days"),
        as_text(value["amount"], f"{where}.amount"),
        as_times(value["times"], f"{where}.times"),
    )


# Kind → the class and, in the order of its fields, the JSON key and reader of each.
SHAPES: dict[str, tuple[type[Rule], dict[str, Reader]]] = {
    "daily": (Daily, {"times": as_times}),
    "weekdays": (Weekdays, {"days": set_of(as_weekday), "times": as_times}),
    "every_n_days": (EveryNDays, {"n": whole(1), "times": as_times}),
    "days_of_month": (DaysOfMonth, {"days": set_of(whole(1, 31)), "times": as_times}),
    "cycle": (Cycle, {"on": whole(1), "off": whole(0), "times": as_times}),
    "interval": (Interval, {"hours": as_hours, "anchor": as_anchor}),
    "window": (Window, {"from": as_time, "to": as_time, "every_minutes": whole(1)}),
    "taper": (Taper, {"steps": list_of(_step)}),
    "prn": (AsNeeded, {"max_per_24h": whole(1), "min_gap_minutes": whole(0)}),
    "after_taken": (AfterTaken, {"hours": as_hours}),
    "linked": (Linked, {"minutes": whole(0)}),
}
# The fields that may be left out, by kind; their names are the JSON keys.
OPTIONAL: dict[str, dict[str, Reader]] = {
    **{kind: {"amounts": _amounts} for kind, (_, readers) in SHAPES.items() if "times" in readers},
    "linked": {"to": as_text},
}


def parse_rule(value: Any, where: str = "rule") -> Rule:
    """The rule that a JSON object says. Raises BadInput naming the path of what is wrong."""
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if not isinstance(kind, str) or kind not in SHAPES:
        advice = "one of " + ", ".join(SHAPES)
        raise BadInput(f"{kind!r} is not a kind of rule", where=f"{where}.kind", advice=advice)
    (shape, readers), optional = SHAPES[kind], OPTIONAL.get(kind, {})
    as_object(value, where, {"kind", *readers}, frozenset(optional))
    required = (read(value[key], f"{where}.{key}") for key, read in readers.items())
    told = {key: read(value[key], f"{where}.{key}") for key, read in optional.items() if key in value}
    rule = shape(*required, **told)
    if isinstance(rule, Window) and rule.closes <= rule.opens:
        raise BadInput("not after 'from'", where=f"{where}.to", advice="a window ends later the same day")
    return _with_amounts_in_order(rule, value["times"], where) if "amounts" in told else rule


def _with_amounts_in_order(rule: Any, times_as_written: list[str], where: str) -> Rule:
    """The times were sorted: each takes its amount along."""
    if len(rule.amounts) != len(times_as_written):
        raise BadInput(
            f"{len(rule.amounts)} amounts for {len(times_as_written)} times",
            where=f"{where}.amounts",
            advice="write one amount for each time, in the same order",
        )
    in_order = sorted(zip(times_as_written, rule.amounts, strict=True))
    sorted_rule: Rule = replace(rule, amounts=tuple(amount for _, amount in in_order))
    return sorted_rule


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
