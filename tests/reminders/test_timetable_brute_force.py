"""The timetable against a walk, minute by minute, along the clock on the wall: no arithmetic of zones in common."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from companion.reminders.schedules.rule import Schedule
from companion.reminders.schedules.rule_json import parse_rule
from companion.reminders.schedules.timetable import plan

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

# Zone and a local day on which its clocks do something (or nothing).
NIGHTS = [
    ("America/New_York", date(2026, 3, 8)), ("America/New_York", date(2026, 11, 1)),
    ("Africa/Cairo", date(2026, 4, 24)), ("Africa/Cairo", date(2026, 10, 30)),
    ("Australia/Lord_Howe", date(2026, 10, 4)), ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Pacific/Apia", date(2011, 12, 30)), ("Pacific/Kiritimati", date(2026, 6, 1)),
    ("Asia/Shanghai", date(2026, 1, 1)), ("America/Sao_Paulo", date(2018, 11, 4)),
    ("Europe/Dublin", date(2026, 10, 25)), ("Antarctica/Troll", date(2026, 3, 29)),
]  # fmt: skip


@cache
def wall(zone: str, day: date) -> list[tuple[datetime, datetime]]:
    """For every minute of some days around `day`: the instant, and what the wall shows."""
    begin = datetime.combine(day, time(), UTC) - 3 * DAY
    instants = (begin + number * MINUTE for number in range(6 * 1440))
    return [(at, at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)) for at in instants]


@cache
def due_by_label(zone: str, day: date) -> dict[datetime, tuple[datetime, str | None]]:
    """What the walk says of each label: the first minute that shows it; of one never shown, as far behind the jump
    as it lies in the gap. Labels of a date that nobody saw have no minute."""
    walk = wall(zone, day)
    shown = [label for _, label in walk]
    seen_dates = {label.date() for label in shown}
    twice = {label for label, often in Counter(shown).items() if often > 1}
    found: dict[datetime, tuple[datetime, str | None]] = {}
    for at, label in walk:
        found.setdefault(label, (at, "fold" if label in twice else None))
    for (_, before), (at, after) in pairwise(walk):
        missing = before + MINUTE
        while missing < after:
            if missing.date() in seen_dates:
                found[missing] = (at + (missing - before - MINUTE), "gap")
            missing += MINUTE
    return found


def falls(rule: dict[str, Any], start: date) -> Callable[[date], bool]:
    """Whether the rule has doses on a day, said again by counting."""

    def month_end(day: date) -> int:
        return (day.replace(day=28) + 4 * DAY).replace(day=1).toordinal() - day.replace(day=1).toordinal()

    match rule["kind"]:
        case "weekdays":
            return lambda day: NAMES[day.weekday()] in rule["days"]
        case "every_n_days":
            return lambda day: (day.toordinal() - start.toordinal()) % rule["n"] == 0
        case "cycle":
            return lambda day: (day.toordinal() - start.toordinal()) % (rule["on"] + rule["off"]) < rule["on"]
        case "days_of_month":
            return lambda day: any(min(wanted, month_end(day)) == day.day for wanted in rule["days"])
    return lambda day: True


def times_of(rule: dict[str, Any]) -> list[time]:
    if rule["kind"] != "window":
        return sorted(time.fromisoformat(at) for at in rule["times"])
    first, last = (datetime.combine(date(2000, 1, 1), time.fromisoformat(rule[key])) for key in ("from", "to"))
    steps = (last - first) // timedelta(minutes=rule["every_minutes"])
    return [(first + number * timedelta(minutes=rule["every_minutes"])).time() for number in range(steps + 1)]


def walked(rule: dict[str, Any], zone: str, day: date, start: date, end: date) -> list[tuple[Any, ...]]:
    """Slot, label, instant and note of every dose from the midnight (UTC) before `day` for two days."""
    due, on = due_by_label(zone, day), falls(rule, start)
    doses = []
    for local_day in (date.fromordinal(day.toordinal() + offset) for offset in range(-2, 3)):
        if start <= local_day <= end and on(local_day):
            labels = [datetime.combine(local_day, at) for at in times_of(rule)]
            doses += [(slot, label, *due[label]) for slot, label in enumerate(labels) if label in due]
    begin = datetime.combine(day, time(), UTC) - DAY / 2

    def meets_another(label: datetime, at: datetime) -> bool:
        return any(at == other and label != name for _, name, other, _ in doses)

    kept = [
        (slot, label, at, "merged" if note == "gap" and meets_another(label, at) else note)
        for slot, label, at, note in doses
    ]
    in_time = (dose for dose in kept if begin <= dose[2] < begin + 2 * DAY)
    return sorted(in_time, key=lambda dose: (dose[2], dose[1], dose[0]))


clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 1, 15, 29, 30, 31, 59]))
times = st.lists(clocks, min_size=1, max_size=6, unique=True)
rules = st.one_of(
    st.builds(lambda t: {"kind": "daily", "times": t}, times),
    st.builds(
        lambda d, t: {"kind": "weekdays", "days": d, "times": t}, st.lists(st.sampled_from(NAMES), min_size=1), times
    ),
    st.builds(lambda n, t: {"kind": "every_n_days", "n": n, "times": t}, st.integers(1, 5), times),
    st.builds(
        lambda on, off, t: {"kind": "cycle", "on": on, "off": off, "times": t},
        st.integers(1, 4),
        st.integers(0, 4),
        times,
    ),
    st.builds(
        lambda d, t: {"kind": "days_of_month", "days": d, "times": t}, st.lists(st.integers(1, 31), min_size=1), times
    ),
    st.builds(
        lambda every: {"kind": "window", "from": "00:00", "to": "23:45", "every_minutes": every}, st.integers(15, 400)
    ),
)


@given(rule=rules, night=st.sampled_from(NIGHTS), since=st.integers(0, 12), until=st.integers(-1, 3))
@settings(max_examples=150, deadline=None)
def test_the_timetable_agrees_with_a_walk_along_the_wall(
    rule: dict[str, Any], night: tuple[str, date], since: int, until: int
) -> None:
    zone, day = night
    start, end = date.fromordinal(day.toordinal() - since), date.fromordinal(day.toordinal() + until)
    if end < start:
        end = start
    begin = datetime.combine(day, time(), UTC) - DAY / 2

    planned = plan(Schedule(ZoneInfo(zone), start, end, parse_rule(rule)), begin, begin + 2 * DAY)

    assert [(dose.slot, dose.local, dose.due_at, dose.note) for dose in planned] == walked(rule, zone, day, start, end)
