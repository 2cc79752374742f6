"""A regimen is read strictly: what cannot be understood is refused with its place, and nothing is planned."""

from typing import Any

import pytest

from companion.errors import BadInput
from companion.reminders.schedules.rule_fields import NoZone
from companion.reminders.schedules.rule_json import parse_rule, parse_schedule

EIGHT = ["08:00"]
ANCHOR = "2026-03-01T06:00:00Z"
DAILY = {"kind": "daily", "times": EIGHT}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"zone": "Mars/Olympus"}, "regimen.zone"),
        ({"zone": None}, "regimen.zone"),
        ({"start": "20260301"}, "regimen.start"),
        ({"start": "2026-02-30"}, "regimen.start"),
        ({"start": None}, "regimen.start"),
        ({"end": "2026-02-28"}, "regimen.end"),
        ({"end": 5}, "regimen.end"),
        ({"name": "x"}, "regimen"),
    ],
)
def test_a_regimen_that_cannot_be_understood_is_refused_with_its_place(change: dict[str, Any], where: str) -> None:
    asked = {"zone": "UTC", "start": "2026-03-01", "end": None, "rule": DAILY} | change

    with pytest.raises(BadInput) as refused:
        parse_schedule(asked)

    assert refused.value.where == where
    assert refused.value.advice


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        (None, "rule.kind"),
        ({"kind": "hourly"}, "rule.kind"),
        ({"kind": ["daily"]}, "rule.kind"),
        ({"kind": "daily"}, "rule"),
        ({"kind": "daily", "times": ["08:00"], "n": 1}, "rule"),
        ({"kind": "daily", "times": []}, "rule.times"),
        ({"kind": "daily", "times": "08:00"}, "rule.times"),
        ({"kind": "daily", "times": ["08:00", "8:30"]}, "rule.times[1]"),
        ({"kind": "daily", "times": ["24:00"]}, "rule.times[0]"),
        ({"kind": "daily", "times": ["08:00:00"]}, "rule.times[0]"),
        ({"kind": "daily", "times": ["０８:00"]}, "rule.times[0]"),
        ({"kind": "daily", "times": [800]}, "rule.times[0]"),
        ({"kind": "daily", "times": ["20:00", "08:00", "20:00"]}, "rule.times"),
        ({"kind": "weekdays", "days": ["Mon"], "times": EIGHT}, "rule.days[0]"),
        ({"kind": "weekdays", "days": [], "times": EIGHT}, "rule.days"),
        ({"kind": "every_n_days", "n": 0, "times": EIGHT}, "rule.n"),
        ({"kind": "every_n_days", "n": True, "times": EIGHT}, "rule.n"),
        ({"kind": "every_n_days", "n": 2.0, "times": EIGHT}, "rule.n"),
        ({"kind": "days_of_month", "days": [0], "times": EIGHT}, "rule.days[0]"),
        ({"kind": "days_of_month", "days": [1, 32], "times": EIGHT}, "rule.days[1]"),
        ({"kind": "cycle", "on": 0, "off": 7, "times": EIGHT}, "rule.on"),
        ({"kind": "cycle", "on": 21, "off": -1, "times": EIGHT}, "rule.off"),
        ({"kind": "interval", "hours": 0, "anchor": ANCHOR}, "rule.hours"),
        ({"kind": "interval", "hours": 0.333, "anchor": ANCHOR}, "rule.hours"),
        ({"kind": "interval", "hours": 1e300, "anchor": ANCHOR}, "rule.hours"),
        ({"kind": "interval", "hours": float("nan"), "anchor": ANCHOR}, "rule.hours"),
        ({"kind": "interval", "hours": "8", "anchor": ANCHOR}, "rule.hours"),
        ({"kind": "interval", "hours": 8, "anchor": "2026-03-01T06:00:00"}, "rule.anchor"),
        ({"kind": "interval", "hours": 8, "anchor": "2026-03-01T06:00:00.5Z"}, "rule.anchor"),
        ({"kind": "interval", "hours": 8, "anchor": 5}, "rule.anchor"),
        ({"kind": "window", "from": "08:00", "to": "08:00", "every_minutes": 60}, "rule.to"),
        ({"kind": "window", "from": "22:00", "to": "06:00", "every_minutes": 60}, "rule.to"),
        ({"kind": "window", "from": "08:00", "to": "20:00", "every_minutes": 0}, "rule.every_minutes"),
        ({"kind": "taper", "steps": []}, "rule.steps"),
        ({"kind": "taper", "steps": [{"days": 1, "amount": 4, "times": EIGHT}]}, "rule.steps[0].amount"),
        ({"kind": "taper", "steps": [{"days": 1, "amount": " ", "times": EIGHT}]}, "rule.steps[0].amount"),
        ({"kind": "taper", "steps": [{"days": 0, "amount": "4", "times": EIGHT}]}, "rule.steps[0].days"),
        ({"kind": "taper", "steps": [{"days": 1, "amount": "4"}]}, "rule.steps[0]"),
        ({"kind": "prn", "max_per_24h": 0, "min_gap_minutes": 240}, "rule.max_per_24h"),
        ({"kind": "linked", "minutes": -1}, "rule.minutes"),
    ],
)
def test_a_rule_that_cannot_be_understood_is_refused_with_its_place(rule: Any, where: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_rule(rule)

    assert refused.value.where == where
    assert refused.value.advice


@pytest.mark.parametrize("value", [None, [], "daily", 5, {}])
def test_what_is_not_a_regimen_is_refused(value: Any) -> None:
    with pytest.raises(BadInput):
        parse_schedule(value)


def test_an_anchor_without_a_zone_is_told_apart_from_one_that_is_no_time() -> None:
    rule = {"kind": "interval", "hours": 8}

    with pytest.raises(NoZone):
        parse_rule(rule | {"anchor": "2026-03-01T06:00:00"})
    with pytest.raises(BadInput) as refused:
        parse_rule(rule | {"anchor": "at six"})

    assert not isinstance(refused.value, NoZone)


def test_an_end_may_be_left_out() -> None:
    schedule = parse_schedule({"zone": "UTC", "start": "2026-03-01", "rule": DAILY})

    assert schedule.end is None


def test_naming_a_day_twice_says_nothing_new() -> None:
    rule = parse_rule({"kind": "days_of_month", "days": [15, 15, 1], "times": EIGHT})

    assert rule == parse_rule({"kind": "days_of_month", "days": [15, 1], "times": EIGHT})
