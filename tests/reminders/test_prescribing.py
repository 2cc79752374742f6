"""What a clinician may prescribe: refused with the field and the reason, whatever way it comes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from companion.care.regimens import Regimen
from companion.db import writing
from companion.errors import BadInput
from companion.reminders.schedules.prescribing import check, check_link, next_times
from companion.reminders.schedules.rule import Schedule
from companion.reminders.schedules.rule_json import parse_rule
from tests.world import World

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
MANY = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 1440, 10)]


@pytest.mark.parametrize(
    ("rule", "amount", "where"),
    [
        ({"kind": "daily", "times": MANY}, "1", "rule.times"),
        ({"kind": "daily", "times": ["08:00"] * 10_000}, "1", "rule.times"),
        ({"kind": "window", "from": "00:00", "to": "23:59", "every_minutes": 10}, "1", "rule.every_minutes"),
        ({"kind": "window", "from": "20:00", "to": "08:00", "every_minutes": 60}, "1", "rule.to"),
        ({"kind": "interval", "hours": 0.2, "anchor": "2026-03-01T06:00:00Z"}, "1", "rule.hours"),
        ({"kind": "after_taken", "hours": 0.1}, "1", "rule.hours"),
        ({"kind": "prn", "max_per_24h": 500, "min_gap_minutes": 0}, "1", "rule.max_per_24h"),
        ({"kind": "daily", "times": ["08:00", "20:00"], "amounts": ["2"]}, "1", "rule.amounts"),
        ({"kind": "daily", "times": ["08:00"], "amounts": ["half"]}, "1", "rule.amounts"),
        ({"kind": "taper", "steps": [{"days": 3, "amount": "-1", "times": ["08:00"]}]}, None, "rule.steps[0].amount"),
        ({"kind": "daily", "times": ["08:00"]}, None, "amount"),
        ({"kind": "every_n_days", "n": 367, "times": ["08:00"]}, "1", "rule.n"),
        ({"kind": "cycle", "on": 10**30, "off": 7, "times": ["08:00"]}, "1", "rule.on"),
        ({"kind": "cycle", "on": 21, "off": 367, "times": ["08:00"]}, "1", "rule.off"),
        ({"kind": "taper", "steps": [{"days": 10**12, "amount": "1", "times": MANY[:1]}]}, "1", "rule.steps[0].days"),
        ({"kind": "after_taken", "hours": 876_600}, "1", "rule.hours"),
        ({"kind": "prn", "max_per_24h": 1, "min_gap_minutes": 10**400}, "1", "rule.min_gap_minutes"),
        ({"kind": "window", "from": "08:00", "to": "20:00", "every_minutes": 10**30}, "1", "rule.every_minutes"),
        ({"kind": "linked", "minutes": 10**30, "to": "rg_insulin"}, "1", "rule.minutes"),
        ({"kind": "monthly", "times": ["08:00"]}, "1", "rule.kind"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_nobody_can_follow_is_refused_at_its_field(rule: dict[str, Any], amount: str | None, where: str) -> None:
    with pytest.raises(BadInput) as refused:
        check(rule, Decimal(amount) if amount else None)

    assert refused.value.where == where


def test_the_amount_of_a_rule_that_names_amounts_is_the_largest_of_them() -> None:
    checked = check({"kind": "daily", "times": ["08:00", "20:00"], "amounts": ["1", "2.5"]}, None)

    assert checked.amount == Decimal("2.5")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"kind": "daily", "times": ["08:00", "20:00"]}, ["03-05 08:00", "03-05 20:00", "03-06 08:00"]),
        ({"kind": "every_n_days", "n": 30, "times": ["08:00"]}, ["03-05 08:00", "04-04 08:00", "05-04 08:00"]),
        ({"kind": "after_taken", "hours": 6}, ["03-05 08:00"]),
        ({"kind": "prn", "max_per_24h": 2, "min_gap_minutes": 60}, []),
        ({"kind": "linked", "minutes": 30}, []),
    ],
    ids=lambda value: str(value)[:30],
)
def test_the_next_three_times_begin_on_the_first_day(rule: dict[str, Any], expected: list[str]) -> None:
    zone = ZoneInfo("Europe/Berlin")

    found = next_times(Schedule(zone, date(2026, 3, 5), None, parse_rule(rule)), NOW)

    assert [f"{at.astimezone(zone):%m-%d %H:%M}" for at in found] == expected


def link(world: World, rule: dict[str, Any], of: Regimen | None = None) -> Regimen | None:
    with writing(world.engine) as session:
        return check_link(session, parse_rule(rule), world.anna.id, of, world.now)


def test_a_linked_medicine_names_the_other_one(world: World) -> None:
    world.prescribe()

    other = link(world, {"kind": "linked", "minutes": 30, "to": "rg_insulin"})

    assert other is not None
    assert other.public_id == "rg_insulin"


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        ({"kind": "linked", "minutes": 30}, "rule.to"),
        ({"kind": "linked", "minutes": 30, "to": "rg_nobody"}, "rule.to"),
        ({"kind": "linked", "minutes": 30, "to": "rg_needed"}, "rule.to"),
        ({"kind": "linked", "minutes": 1441, "to": "rg_insulin"}, "rule.minutes"),
        ({"kind": "linked", "minutes": 30, "to": "rg_b"}, "rule.to"),
    ],
    ids=str,
)
def test_a_link_to_nothing_or_round_in_a_circle_is_refused(world: World, rule: dict[str, Any], where: str) -> None:
    first = world.prescribe()
    world.prescribe(public_id="rg_needed", rule={"kind": "prn", "max_per_24h": 2, "min_gap_minutes": 60})
    world.prescribe(public_id="rg_b", rule={"kind": "linked", "minutes": 5, "to": "rg_insulin"})

    with pytest.raises(BadInput) as refused:
        link(world, rule, first)

    assert refused.value.where == where


def test_a_link_to_a_stopped_medicine_is_refused(world: World) -> None:
    regimen = world.prescribe()
    with writing(world.engine) as session:
        session.get_one(Regimen, regimen.id).stopped_at = world.now - timedelta(days=1)

    with pytest.raises(BadInput):
        link(world, {"kind": "linked", "minutes": 30, "to": "rg_insulin"})
