"""The desk's pure decisions: its hours, its triage, what wait is told, and which words never leave by it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import BadInput
from companion.programme.amount_words import amounts_in, tells_to_take
from companion.programme.desk.expected_wait import FEWEST, expected_wait
from companion.programme.desk.hours import is_open, opens_next, parse_hours
from companion.programme.desk.triage import Flag, calls_in, reports_in

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = parse_hours("09:00-21:00", SHANGHAI)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("local", "open_then"), [("08:59", False), ("09:00", True), ("20:59", True), ("21:00", False), ("00:00", False)]
)
def test_it_is_open_from_the_first_minute_until_before_the_last(local: str, open_then: bool) -> None:
    at = datetime.fromisoformat(f"2026-03-04T{local}").replace(tzinfo=SHANGHAI)

    assert is_open(HOURS, at.astimezone(UTC)) == open_then


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))
def test_it_opens_next_within_a_day_and_is_open_then(at: datetime) -> None:
    then = opens_next(HOURS, at)

    assert timedelta(0) < then - at <= timedelta(days=1)
    assert is_open(HOURS, then)


@pytest.mark.parametrize("text", ["", "9-21", "21:00-09:00", "09:00", "09:00-25:00"])
def test_hours_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="09:00-21:00"):
        parse_hours(text, SHANGHAI)


@given(st.sets(st.sampled_from(list(Flag))))
def test_every_sign_is_either_reported_or_called_about(flags: set[Flag]) -> None:
    assert len(reports_in(flags)) + len(calls_in(flags)) == len(flags)


def test_the_wait_is_the_middle_time_of_those_before_shared_by_who_is_at_work() -> None:
    served = [5 * MINUTE, 5 * MINUTE, 6 * MINUTE, 7 * MINUTE, 60 * MINUTE]

    assert expected_wait(served, before=3, at_work=1) == 24 * MINUTE
    assert expected_wait(served, before=3, at_work=2) == 12 * MINUTE


@pytest.mark.parametrize(("n", "at_work"), [(FEWEST - 1, 1), (FEWEST, 0)])
def test_nothing_is_promised_from_too_few_or_with_nobody_at_work(n: int, at_work: int) -> None:
    assert expected_wait([MINUTE] * n, before=0, at_work=at_work) is None


@pytest.mark.parametrize(
    "words",
    [
        "Take it in the evening.", "Take 10 units", "just skip it", "use half", "You can stop it", "the same dose",
        "switch to the other one", "one tablet more", "晚上吃药", "可以减一点", "打针前吃", "换一种", "少一点就好",
    ],
)  # fmt: skip
def test_a_pharmacists_own_words_never_say_what_or_how_much_to_take(words: str) -> None:
    assert tells_to_take(words)


@pytest.mark.parametrize(
    "words",
    [
        "Keep it in the fridge, not in the freezer.",
        "I will ask your doctor today.",
        "放在冰箱里，不要冷冻。",
        "我今天问您的医生。",
    ],
)
def test_other_words_may_leave(words: str) -> None:
    assert not tells_to_take(words)


@given(st.text(max_size=80))
def test_what_names_an_amount_always_speaks_of_taking(text: str) -> None:
    assert tells_to_take(text) or not amounts_in(text)
