"""A rule in plain words: what a doctor reads before prescribing, and a patient on the list of medicines."""

from datetime import timedelta
from typing import Any

import pytest

from companion.reminders.schedules.plain_words import describe, duration
from companion.reminders.schedules.rule_json import SHAPES, parse_rule

TWICE = ["08:00", "20:00"]

SAID: list[tuple[dict[str, Any], str, str, str, str]] = [
    ({"kind": "daily", "times": TWICE}, "1", "after",
     "1 tablet every morning and evening, after food", "每天早晚各 1 片，饭后"),
    ({"kind": "daily", "times": ["08:00"]}, "2", "",
     "2 tablets every morning", "每天早上 2 片"),
    ({"kind": "daily", "times": ["08:00", "09:30"]}, "1", "with",
     "1 tablet every day at 08:00 and 09:30, with food", "每天 08:00、09:30 各 1 片，餐中"),
    ({"kind": "daily", "times": ["07:00", "12:00", "18:00"]}, "0.50", "before",
     "0.5 tablets every morning, noon and evening, before food", "每天早中晚各 0.5 片，饭前"),
    ({"kind": "daily", "times": TWICE, "amounts": ["2", "1"]}, "2", "",
     "every day 2 tablets at 08:00 and 1 tablet at 20:00", "每天 08:00 2 片、20:00 1 片"),
    ({"kind": "weekdays", "days": ["thu", "mon"], "times": TWICE}, "1", "",
     "1 tablet morning and evening, every Monday and Thursday", "每周一、周四早晚各 1 片"),
    ({"kind": "every_n_days", "n": 3, "times": ["08:00"]}, "1", "",
     "1 tablet morning, every 3 days", "每 3 天早上 1 片"),
    ({"kind": "every_n_days", "n": 2, "times": ["08:00"]}, "1", "",
     "1 tablet morning, every other day", "隔天早上 1 片"),
    ({"kind": "days_of_month", "days": [15, 1], "times": ["08:00"]}, "1", "",
     "1 tablet morning, each month on day 1 and 15", "每月 1、15 日早上 1 片"),
    ({"kind": "days_of_month", "days": [31], "times": ["08:00"]}, "1", "",
     "1 tablet morning, each month on day 31 (in a shorter month on its last day)",
     "每月 31 日（小月则为当月最后一天）早上 1 片"),
    ({"kind": "cycle", "on": 21, "off": 7, "times": ["20:00"]}, "1", "",
     "1 tablet evening, 21 days on, then 7 days off", "连用 21 天、停 7 天，用药日晚上 1 片"),
    ({"kind": "interval", "hours": 8, "anchor": "2026-03-01T06:00:00Z"}, "1", "",
     "1 tablet every 8 hours, by day and by night", "不分昼夜每 8 小时 1 片"),
    ({"kind": "window", "from": "08:00", "to": "20:00", "every_minutes": 120}, "1", "",
     "1 tablet every 2 hours from 08:00 to 20:00, every day", "每天 08:00 到 20:00，每 2 小时 1 片"),
    ({"kind": "taper", "steps": [{"days": 7, "amount": "4", "times": TWICE},
                                 {"days": 3, "amount": "1", "times": ["08:00"]}]}, "4", "",
     "4 tablets morning and evening for 7 days, then 1 tablet morning for 3 days",
     "早晚各 4 片，共 7 天，然后早上 1 片，共 3 天"),
    ({"kind": "prn", "max_per_24h": 4, "min_gap_minutes": 240}, "1", "",
     "1 tablet when needed, at most 4 in 24 hours, at least 4 hours apart",
     "需要时用 1 片，24 小时内最多 4 次，两次至少间隔 4 小时"),
    ({"kind": "prn", "max_per_24h": 4, "min_gap_minutes": 0}, "1", "",
     "1 tablet when needed, at most 4 in 24 hours", "需要时用 1 片，24 小时内最多 4 次"),
    ({"kind": "after_taken", "hours": 12}, "1", "",
     "1 tablet, 12 hours after the last one was taken", "上次服用 12 小时后 1 片"),
    ({"kind": "linked", "minutes": 30}, "1", "",
     "1 tablet, 30 minutes after Levothyroxine was taken", "服用Levothyroxine 30 分钟后 1 片"),
    ({"kind": "linked", "minutes": 0}, "1", "",
     "1 tablet as soon as Levothyroxine was taken", "服用Levothyroxine后立即 1 片"),
    ({"kind": "linked", "minutes": 1}, "1", "",
     "1 tablet, 1 minute after Levothyroxine was taken", "服用Levothyroxine 1 分钟后 1 片"),
    ({"kind": "cycle", "on": 1, "off": 2, "times": ["08:00"]}, "1", "",
     "1 tablet morning, 1 day on, then 2 days off", "连用 1 天、停 2 天，用药日早上 1 片"),
    ({"kind": "taper", "steps": [{"days": 1, "amount": "2", "times": ["08:00"]}]}, "2", "",
     "2 tablets morning for 1 day", "早上 2 片，共 1 天"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "amount", "food", "english", "chinese"), SAID, ids=lambda value: str(value)[:40])
def test_a_rule_is_said_in_both_languages(
    rule: dict[str, Any], amount: str, food: str, english: str, chinese: str
) -> None:
    parsed = parse_rule(rule)

    said = [describe(language, parsed, amount, "tablet", food, other="Levothyroxine") for language in ("en", "zh")]

    assert said == [english, chinese]


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(1, "1 minute"), (60, "1 hour"), (90, "90 minutes"), (121, "121 minutes"), (150, "2.5 hours"),
     (200, "200 minutes"), (2970, "49.5 hours"), (1440, "24 hours")],
)  # fmt: skip
def test_a_time_is_said_exactly(minutes: int, said: str) -> None:
    assert duration("en", timedelta(minutes=minutes)) == said


def test_every_kind_of_rule_has_its_words() -> None:
    assert {rule["kind"] for rule, *_ in SAID} == set(SHAPES)


def test_a_linked_medicine_without_a_name_is_another_medicine() -> None:
    rule = parse_rule({"kind": "linked", "minutes": 90})

    assert describe("en", rule, "5", "U") == "5 units, 90 minutes after another medicine was taken"
