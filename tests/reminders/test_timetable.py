"""The clauses of cases.md, "timetable", one by one. Each test quotes the clause it holds."""

from datetime import UTC, datetime
from typing import Any

import pytest

from companion.errors import BadInput
from companion.reminders.schedules.rule_json import parse_schedule
from companion.reminders.schedules.timetable import PlannedDose, plan

NEW_YORK = "America/New_York"
LORD_HOWE = "Australia/Lord_Howe"
CAIRO = "Africa/Cairo"
APIA = "Pacific/Apia"
NUUK = "America/Nuuk"


def regimen(zone: str, start: str, end: str | None = None, **rule: Any) -> dict[str, Any]:
    return {"zone": zone, "start": start, "end": end, "rule": rule}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def doses(asked: dict[str, Any], from_: str, to: str) -> list[PlannedDose]:
    return list(plan(parse_schedule(asked), instant(from_), instant(to)))


def lines(asked: dict[str, Any], from_: str, to: str) -> list[tuple[int, str, str, str | None]]:
    """(slot, local, due_at, note) as the command would print them, minutes only."""
    return [
        (d.slot, f"{d.local:%Y-%m-%dT%H:%M}", f"{d.due_at:%Y-%m-%dT%H:%MZ}", d.note) for d in doses(asked, from_, to)
    ]


def labels(asked: dict[str, Any], from_: str, to: str) -> list[str]:
    return [local for _, local, _, _ in lines(asked, from_, to)]


def test_a_slot_is_the_place_in_the_sorted_times_of_that_local_day() -> None:
    """ "slot: integer from 0, place in the sorted times of that local day"; "Times are sorted"."""
    asked = regimen("Asia/Shanghai", "2026-03-01", kind="daily", times=["20:00", "08:00"])

    planned = lines(asked, "2026-03-01T00:00Z", "2026-03-02T00:00Z")

    assert planned == [
        (0, "2026-03-01T08:00", "2026-03-01T00:00Z", None),
        (1, "2026-03-01T20:00", "2026-03-01T12:00Z", None),
    ]


def test_the_first_instant_is_included_and_the_last_is_not() -> None:
    """ "from ≤ due_at < to"."""
    asked = regimen("UTC", "2026-03-01", kind="daily", times=["08:00"])

    planned = labels(asked, "2026-03-02T08:00Z", "2026-03-03T08:00Z")

    assert planned == ["2026-03-02T08:00"]


@pytest.mark.parametrize("to", ["2026-03-01T00:00Z", "2026-02-28T00:00Z"])
def test_a_window_that_does_not_end_after_it_begins_is_refused(to: str) -> None:
    """ "to ≤ from: exit 1"."""
    schedule = parse_schedule(regimen("UTC", "2026-03-01", kind="daily", times=["08:00"]))

    with pytest.raises(BadInput, match="not after 'from'"):
        plan(schedule, instant("2026-03-01T00:00Z"), instant(to))


def test_start_and_end_are_the_first_and_the_last_local_day() -> None:
    """ "`end` is the last local day, included"."""
    asked = regimen("Asia/Shanghai", "2026-03-02", "2026-03-03", kind="daily", times=["00:00", "23:59"])

    planned = labels(asked, "2026-02-01T00:00Z", "2026-04-01T00:00Z")

    assert planned == ["2026-03-02T00:00", "2026-03-02T23:59", "2026-03-03T00:00", "2026-03-03T23:59"]


def test_a_label_in_a_gap_moves_forward_by_the_gap() -> None:
    """ "A label in a gap moves forward by the gap (note gap)": the example of interfaces.md."""
    asked = regimen(NEW_YORK, "2026-03-01", kind="daily", times=["02:30"])

    planned = lines(asked, "2026-03-08T00:00Z", "2026-03-09T00:00Z")

    assert planned == [(0, "2026-03-08T02:30", "2026-03-08T07:30Z", "gap")]


def test_a_gap_of_half_an_hour_moves_by_half_an_hour() -> None:
    asked = regimen(LORD_HOWE, "2026-10-01", kind="daily", times=["02:15"])

    planned = lines(asked, "2026-10-03T12:00Z", "2026-10-04T12:00Z")

    assert planned == [(0, "2026-10-04T02:15", "2026-10-03T15:45Z", "gap")]


def test_a_gap_at_midnight_keeps_the_day_of_the_label() -> None:
    asked = regimen(CAIRO, "2026-04-24", "2026-04-24", kind="daily", times=["00:00", "00:59", "01:00"])

    planned = lines(asked, "2026-04-23T00:00Z", "2026-04-25T00:00Z")

    assert planned == [
        (0, "2026-04-24T00:00", "2026-04-23T22:00Z", "merged"),
        (2, "2026-04-24T01:00", "2026-04-23T22:00Z", None),
        (1, "2026-04-24T00:59", "2026-04-23T22:59Z", "gap"),
    ]


def test_a_label_in_a_fold_is_its_first_occurrence_only() -> None:
    """ "in a fold the first occurrence (note fold)"."""
    asked = regimen(NEW_YORK, "2026-03-01", kind="daily", times=["01:30"])

    planned = lines(asked, "2026-11-01T00:00Z", "2026-11-02T00:00Z")

    assert planned == [(0, "2026-11-01T01:30", "2026-11-01T05:30Z", "fold")]


def test_colliding_doses_stay_two_lines_and_the_moved_one_says_merged() -> None:
    """ "Colliding doses stay two lines; the moved one says merged instead of gap". Order: due_at, local, slot."""
    asked = regimen(NEW_YORK, "2026-03-01", kind="daily", times=["02:30", "03:30"])

    planned = lines(asked, "2026-03-08T00:00Z", "2026-03-09T00:00Z")

    assert planned == [
        (0, "2026-03-08T02:30", "2026-03-08T07:30Z", "merged"),
        (1, "2026-03-08T03:30", "2026-03-08T07:30Z", None),
    ]


def test_a_dose_moved_over_midnight_meets_the_next_days_dose() -> None:
    asked = regimen(NUUK, "2024-03-01", kind="daily", times=["00:30", "23:30"])

    planned = lines(asked, "2024-03-31T00:00Z", "2024-03-31T12:00Z")

    assert planned == [
        (1, "2024-03-30T23:30", "2024-03-31T01:30Z", "merged"),
        (0, "2024-03-31T00:30", "2024-03-31T01:30Z", None),
    ]


def test_a_dose_moved_over_midnight_comes_after_an_earlier_dose_of_the_next_day() -> None:
    """ "Order: due_at, local, slot"."""
    asked = regimen(NUUK, "2024-03-01", kind="daily", times=["00:00", "23:30"])

    planned = lines(asked, "2024-03-31T00:00Z", "2024-03-31T12:00Z")

    assert planned == [
        (0, "2024-03-31T00:00", "2024-03-31T01:00Z", None),
        (1, "2024-03-30T23:30", "2024-03-31T01:30Z", "gap"),
    ]


def test_a_dose_moved_past_the_last_day_meets_nothing() -> None:
    asked = regimen(NUUK, "2024-03-01", "2024-03-30", kind="daily", times=["00:30", "23:30"])

    planned = lines(asked, "2024-03-31T00:00Z", "2024-04-01T00:00Z")

    assert planned == [(1, "2024-03-30T23:30", "2024-03-31T01:30Z", "gap")]


@pytest.mark.parametrize("times", [["00:00"], ["08:00"], ["23:59"]])
def test_a_local_date_that_does_not_exist_has_no_dose(times: list[str]) -> None:
    """ "A local date that does not exist (Apia 2011-12-30) gives no line"."""
    asked = regimen(APIA, "2011-12-29", "2011-12-31", kind="daily", times=times)

    planned = doses(asked, "2011-12-20T00:00Z", "2012-01-10T00:00Z")

    assert [(d.local.day, d.note) for d in planned] == [(29, None), (31, None)]


def test_every_n_days_counts_the_missing_date() -> None:
    """ "day counts use calendar dates, the missing one included"."""
    asked = regimen(APIA, "2011-12-28", kind="every_n_days", n=2, times=["08:00"])

    planned = labels(asked, "2011-12-20T00:00Z", "2012-01-03T00:00Z")

    assert planned == ["2011-12-28T08:00", "2012-01-01T08:00", "2012-01-03T08:00"]


def test_a_cycle_counts_the_missing_date() -> None:
    asked = regimen(APIA, "2011-12-28", "2012-01-04", kind="cycle", on=3, off=2, times=["08:00"])

    planned = labels(asked, "2011-12-20T00:00Z", "2012-02-01T00:00Z")

    assert [label[5:10] for label in planned] == ["12-28", "12-29", "01-02", "01-03", "01-04"]


def test_a_taper_carries_its_amount_counts_the_missing_date_and_ends() -> None:
    """ "Taper lines carry `amount`"."""
    steps = [
        {"days": 3, "amount": "4", "times": ["20:00", "08:00"]},
        {"days": 2, "amount": "2.5", "times": ["08:00"]},
    ]
    asked = regimen(APIA, "2011-12-28", kind="taper", steps=steps)

    planned = doses(asked, "2011-12-20T00:00Z", "2012-02-01T00:00Z")

    assert [(f"{d.local:%d %H}", d.slot, d.amount) for d in planned] == [
        ("28 08", 0, "4"),
        ("28 20", 1, "4"),
        ("29 08", 0, "4"),
        ("29 20", 1, "4"),
        ("31 08", 0, "2.5"),
        ("01 08", 0, "2.5"),
    ]


def test_weekdays_are_the_local_ones() -> None:
    asked = regimen("Pacific/Kiritimati", "2026-03-01", kind="weekdays", days=["thu", "mon"], times=["00:30"])

    planned = lines(asked, "2026-03-01T00:00Z", "2026-03-08T00:00Z")

    assert planned == [
        (0, "2026-03-02T00:30", "2026-03-01T10:30Z", None),
        (0, "2026-03-05T00:30", "2026-03-04T10:30Z", None),
    ]


@pytest.mark.parametrize(
    ("days", "year", "expected"),
    [
        ([28, 31], 2026, ["02-28", "03-28", "03-31", "04-28", "04-30"]),
        ([29], 2028, ["02-29", "03-29", "04-29"]),
        ([1, 15], 2026, ["02-01", "02-15", "03-01", "03-15", "04-01", "04-15"]),
    ],
)
def test_a_day_that_a_month_lacks_is_its_last_and_gives_one_dose_a_slot(
    days: list[int], year: int, expected: list[str]
) -> None:
    """ "a day a month lacks is its last day"; "days_of_month [28,31] in February: one dose a slot and date"."""
    asked = regimen("UTC", f"{year}-02-01", f"{year}-04-30", kind="days_of_month", days=days, times=["08:00"])

    planned = labels(asked, f"{year}-01-01T00:00Z", f"{year}-12-01T00:00Z")

    assert [label[5:10] for label in planned] == expected


@pytest.mark.parametrize(
    ("closes", "every", "expected"),
    [
        ("12:00", 120, ["08:00", "10:00", "12:00"]),
        ("11:59", 120, ["08:00", "10:00"]),
        ("12:00", 1000, ["08:00"]),
        ("23:59", 951, ["08:00", "23:51"]),
    ],
)
def test_a_window_steps_from_its_beginning_and_includes_its_end(closes: str, every: int, expected: list[str]) -> None:
    """ "Window: `to` included; steps are wall labels from `from`"."""
    rule = {"from": "08:00", "to": closes, "every_minutes": every}
    asked = regimen("UTC", "2026-03-01", "2026-03-01", kind="window", **rule)

    planned = lines(asked, "2026-03-01T00:00Z", "2026-03-02T00:00Z")

    assert [(slot, local[11:]) for slot, local, _, _ in planned] == list(enumerate(expected))


def test_the_steps_of_a_window_pass_a_gap_as_other_labels_do() -> None:
    """ "then gap and fold as others"."""
    rule = {"from": "01:30", "to": "03:30", "every_minutes": 60}
    asked = regimen(NEW_YORK, "2026-03-01", kind="window", **rule)

    planned = lines(asked, "2026-03-08T05:00Z", "2026-03-09T00:00Z")

    assert planned == [
        (0, "2026-03-08T01:30", "2026-03-08T06:30Z", None),
        (1, "2026-03-08T02:30", "2026-03-08T07:30Z", "merged"),
        (2, "2026-03-08T03:30", "2026-03-08T07:30Z", None),
    ]


def test_an_interval_is_elapsed_time_through_a_change_of_the_clocks() -> None:
    """ "Interval: always elapsed, also 24 and 48 h; note always null"; "interval: n since anchor"."""
    asked = regimen(NEW_YORK, "2026-03-01", kind="interval", hours=24, anchor="2026-03-06T13:00:00Z")

    planned = lines(asked, "2026-03-07T00:00Z", "2026-03-10T00:00Z")

    assert planned == [
        (1, "2026-03-07T08:00", "2026-03-07T13:00Z", None),
        (2, "2026-03-08T09:00", "2026-03-08T13:00Z", None),
        (3, "2026-03-09T09:00", "2026-03-09T13:00Z", None),
    ]


def test_both_occurrences_of_a_folded_label_are_interval_doses_without_a_note() -> None:
    asked = regimen(NEW_YORK, "2026-10-31", kind="interval", hours=1, anchor="2026-11-01T05:30:00Z")

    planned = lines(asked, "2026-11-01T00:00Z", "2026-11-01T07:00Z")

    assert planned == [
        (0, "2026-11-01T01:30", "2026-11-01T05:30Z", None),
        (1, "2026-11-01T01:30", "2026-11-01T06:30Z", None),
    ]


def test_an_interval_is_due_from_the_anchor_but_not_before_the_local_start_or_after_the_local_end() -> None:
    """ "due at anchor + k·h, k ≥ 0, on or after start"; "`end` is the last local day, included"."""
    rule = {"hours": 6, "anchor": "2026-03-01T10:00:00Z"}
    asked = regimen("Asia/Shanghai", "2026-03-02", "2026-03-02", kind="interval", **rule)

    planned = lines(asked, "2026-02-01T00:00Z", "2026-04-01T00:00Z")

    assert planned == [
        (1, "2026-03-02T00:00", "2026-03-01T16:00Z", None),
        (2, "2026-03-02T06:00", "2026-03-01T22:00Z", None),
        (3, "2026-03-02T12:00", "2026-03-02T04:00Z", None),
        (4, "2026-03-02T18:00", "2026-03-02T10:00Z", None),
    ]


def test_nothing_is_due_before_the_anchor() -> None:
    asked = regimen("UTC", "2026-03-01", kind="interval", hours=8, anchor="2026-03-05T06:00:00+02:00")

    planned = lines(asked, "2026-03-01T00:00Z", "2026-03-05T05:00Z")

    assert planned == [(0, "2026-03-05T04:00", "2026-03-05T04:00Z", None)]


def test_hours_may_be_decimal_if_they_are_whole_minutes() -> None:
    """ "hours may be decimal if they are whole minutes"."""
    asked = regimen("UTC", "2026-03-01", kind="interval", hours=8.1, anchor="2026-03-01T00:00:00Z")

    planned = labels(asked, "2026-03-01T00:00Z", "2026-03-01T20:00Z")

    assert planned == ["2026-03-01T00:00", "2026-03-01T08:06", "2026-03-01T16:12"]


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "prn", "max_per_24h": 4, "min_gap_minutes": 240},
        {"kind": "after_taken", "hours": 12},
        {"kind": "linked", "minutes": 30},
    ],
)
def test_what_depends_on_the_patient_has_no_due_doses(rule: dict[str, Any]) -> None:
    """ "(no due doses)"; "(due from what happened: no line here)"."""
    asked = regimen("UTC", "2026-03-01", **rule)

    planned = doses(asked, "2026-03-01T00:00Z", "2027-03-01T00:00Z")

    assert planned == []


@pytest.mark.parametrize("zone", ["Asia/Shanghai", NEW_YORK, "UTC"])
@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "daily", "times": ["00:00", "23:59"]},
        {"kind": "interval", "hours": 8, "anchor": "0001-01-01T00:00:00Z"},
        {"kind": "interval", "hours": 876600, "anchor": "9900-01-01T00:00:00Z"},
    ],
)
def test_the_ends_of_the_calendar_are_no_accident(zone: str, rule: dict[str, Any]) -> None:
    asked = regimen(zone, "0001-01-01", "9999-12-31", **rule)

    first = doses(asked, "0001-01-01T00:00Z", "0001-01-03T00:00Z")
    last = doses(asked, "9999-12-30T00:00Z", "9999-12-31T23:59:59Z")

    assert all(dose.due_at.year == 1 for dose in first)
    assert all(dose.due_at.year == 9999 for dose in last)
    assert bool(last) is (rule.get("hours") != 876600)


def test_a_window_of_thousands_of_years_starts_to_answer_at_once() -> None:
    schedule = parse_schedule(regimen("UTC", "0001-01-01", kind="daily", times=["08:00"]))

    planned = plan(schedule, instant("0001-01-02T00:00Z"), instant("9999-12-31T00:00Z"))

    assert next(planned).local == datetime(1, 1, 2, 8)
