"""What holds for every rule, in zones whose clocks do something unusual."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from companion.reminders.schedules.rule import Interval, Schedule, Taper, intakes_on
from companion.reminders.schedules.rule_json import parse_rule
from companion.reminders.schedules.timetable import plan

ZONES = [
    "America/New_York",  # an hour, at 02:00
    "America/Nuuk",  # an hour, over midnight
    "Africa/Cairo",  # an hour, from midnight
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Apia",  # jumped over 2011-12-30
    "Pacific/Kiritimati",  # +14, jumped over 1994-12-31
    "Asia/Shanghai",  # stands still
]
# Where those zones change their clocks, and some plain days.
CHANGES = [
    date(2026, 3, 8), date(2026, 11, 1), date(2024, 3, 30), date(2024, 10, 26), date(2026, 4, 24),
    date(2026, 10, 29), date(2026, 10, 4), date(2026, 4, 5), date(2011, 12, 30), date(1994, 12, 31),
    date(2024, 2, 28), date(2026, 7, 1),
]  # fmt: skip

labels = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 45, 59]))
times = st.lists(labels, min_size=1, max_size=4, unique=True)
small = st.integers(1, 5)


def kind(name: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(name), **fields})


anchors = st.builds(
    lambda day, minutes: (datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)).isoformat() + "Z",
    st.sampled_from(CHANGES),
    st.integers(-4000, 4000),
)
rules = st.one_of(
    kind("daily", times=times),
    kind("weekdays", days=st.lists(st.sampled_from(["mon", "wed", "sat", "sun"]), min_size=1), times=times),
    kind("every_n_days", n=small, times=times),
    kind("days_of_month", days=st.lists(st.integers(1, 31), min_size=1), times=times),
    kind("cycle", on=small, off=small, times=times),
    kind("interval", hours=st.sampled_from([0.5, 1, 7.25, 8, 24, 48]), anchor=anchors),
    kind("window", **{"from": st.just("00:15"), "to": st.just("23:45")}, every_minutes=st.integers(15, 600)),
    kind("taper", steps=st.lists(
        st.fixed_dictionaries({"days": small, "amount": st.just("4"), "times": times}), min_size=1, max_size=3,
    )),
    kind("prn", max_per_24h=small, min_gap_minutes=small),
    kind("after_taken", hours=small),
    kind("linked", minutes=small),
)  # fmt: skip


@st.composite
def questions(draw: st.DrawFn) -> tuple[Schedule, datetime, datetime]:
    """A schedule that may start long before, and a window around a change of the clocks."""
    around = draw(st.sampled_from(CHANGES))
    start = around - timedelta(days=draw(st.sampled_from([0, 1, 3, 40, 9000])))
    end = draw(st.none() | st.integers(0, 60).map(lambda days: start + timedelta(days=days)))
    schedule = Schedule(ZoneInfo(draw(st.sampled_from(ZONES))), start, end, parse_rule(draw(rules)))
    from_ = datetime.combine(around, datetime.min.time(), UTC) + timedelta(minutes=draw(st.integers(-3000, 1500)))
    return schedule, from_, from_ + timedelta(minutes=draw(st.integers(1, 6000)))


@given(questions())
def test_no_dose_is_named_twice_and_all_lie_in_the_window_in_order(
    question: tuple[Schedule, datetime, datetime],
) -> None:
    schedule, from_, to = question

    doses = list(plan(schedule, from_, to))

    names = [(dose.local.date(), dose.slot) for dose in doses]
    assert len(set(names)) == len(names)
    assert all(from_ <= dose.due_at < to and schedule.covers(dose.local.date()) for dose in doses)
    order = [(dose.due_at, dose.local, dose.slot) for dose in doses]
    assert order == sorted(order)


@given(questions(), st.integers(1, 5999))
def test_planning_in_two_parts_gives_what_planning_at_once_gives(
    question: tuple[Schedule, datetime, datetime], minutes: int
) -> None:
    schedule, from_, to = question
    between = from_ + timedelta(minutes=minutes)

    at_once = list(plan(schedule, from_, to))

    if between < to:
        assert [*plan(schedule, from_, between), *plan(schedule, between, to)] == at_once
    else:
        assert list(plan(schedule, from_, to)) == at_once


@given(questions())
def test_a_wall_dose_shows_its_label_on_the_wall_unless_the_label_never_came(
    question: tuple[Schedule, datetime, datetime],
) -> None:
    schedule, from_, to = question

    doses = list(plan(schedule, from_, to))

    for dose in doses:
        shown = dose.due_at.astimezone(schedule.zone).replace(tzinfo=None)
        moved = dose.note in ("gap", "merged")
        assert shown > dose.local if moved else shown == dose.local
        assert moved or dose.note == "fold" or dose.due_at == dose.local.replace(tzinfo=schedule.zone)


@given(questions())
def test_a_merged_dose_is_one_that_shares_its_instant_with_another(
    question: tuple[Schedule, datetime, datetime],
) -> None:
    schedule, from_, to = question

    doses = list(plan(schedule, from_, to))

    for earlier, later in pairwise(doses):
        if earlier.due_at == later.due_at:
            assert [earlier.note, later.note] == ["merged", None]
    alone = [dose for dose in doses if [other.due_at for other in doses].count(dose.due_at) == 1]
    assert all(dose.note != "merged" for dose in alone)


@given(questions())
def test_every_label_of_a_day_that_exists_has_its_dose(question: tuple[Schedule, datetime, datetime]) -> None:
    schedule, from_, to = question
    whole_days = (from_ - timedelta(days=3), to + timedelta(days=3))

    doses = list(plan(schedule, *whole_days))

    if isinstance(schedule.rule, Interval):
        assert all(later.due_at - earlier.due_at == schedule.rule.every for earlier, later in pairwise(doses))
        return
    day = (from_ + timedelta(hours=12)).date()
    there_is_noon = datetime.combine(day, datetime.min.time(), schedule.zone) + timedelta(hours=12)
    exists = there_is_noon.astimezone(UTC).astimezone(schedule.zone).date() == day
    asked = intakes_on(schedule.rule, schedule.start, day).times if exists and schedule.covers(day) else ()
    assert [d.local.time() for d in sorted(doses, key=lambda d: d.slot) if d.local.date() == day] == list(asked)


@given(questions())
def test_only_a_taper_names_amounts(question: tuple[Schedule, datetime, datetime]) -> None:
    schedule, from_, to = question

    doses = list(plan(schedule, from_, to))

    assert all((dose.amount is not None) is isinstance(schedule.rule, Taper) for dose in doses)
