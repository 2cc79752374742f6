"""When something of a care plan is late, and which words and days may stand in it: pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import BadInput
from companion.programme.care_plans.plan_rules import Step, checked_day, checked_words, look_at

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 3, 4)
A_DAY = timedelta(days=1)
DAYS = st.dates(TODAY - timedelta(days=400), TODAY + timedelta(days=400))


def test_a_step_is_in_time_on_its_day_and_late_from_the_next() -> None:
    step = Step("cp_1", TODAY)

    on_its_day, after = look_at([step], None, TODAY, BERLIN), look_at([step], None, TODAY + A_DAY, BERLIN)

    assert on_its_day.late == ()
    assert on_its_day.again_at == datetime(2026, 3, 5, tzinfo=BERLIN)
    assert (after.late, after.again_at) == ((step,), None)


@pytest.mark.parametrize(("review_on", "is_due"), [(TODAY - A_DAY, True), (TODAY, True), (TODAY + A_DAY, False)])
def test_a_review_is_due_on_its_day(review_on: date, is_due: bool) -> None:
    assert look_at([], review_on, TODAY, BERLIN).is_review_due is is_due


def test_the_next_look_is_at_midnight_of_the_patients_home_whatever_the_clocks_do() -> None:
    found = look_at([], date(2026, 3, 30), TODAY, BERLIN)

    assert found.again_at is not None
    assert found.again_at.astimezone(UTC) == datetime(2026, 3, 29, 22, tzinfo=UTC)


@given(st.lists(DAYS), st.none() | DAYS, st.sampled_from(["Europe/Berlin", "Asia/Shanghai", "America/St_Johns"]))
def test_nothing_that_is_to_come_is_slept_through_and_nothing_late_is_looked_at_for_ever(
    due: list[date], review_on: date | None, zone: str
) -> None:
    steps = [Step(str(number), day) for number, day in enumerate(due)]

    now = look_at(steps, review_on, TODAY, ZoneInfo(zone))

    waits = [step for step in steps if step not in now.late]
    assert all(step.due_on < TODAY for step in now.late)
    assert (now.again_at is not None) == bool(waits or (review_on is not None and not now.is_review_due))
    if now.again_at is not None:
        then = look_at(steps, review_on, now.again_at.date(), ZoneInfo(zone))
        assert now.again_at.timetz() == time(0, tzinfo=ZoneInfo(zone))
        assert now.again_at.date() > TODAY
        assert len(then.late) > len(now.late) or then.is_review_due > now.is_review_due


@pytest.mark.parametrize("words", ["", " a ", "x" * 301])
def test_words_that_mean_nothing_or_are_a_book_are_refused(words: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked_words(words, "words")

    assert refused.value.where == "words"


@pytest.mark.parametrize("day", [None, TODAY - A_DAY, TODAY + timedelta(days=731)])
def test_a_day_that_is_over_or_years_ahead_is_refused(day: date | None) -> None:
    with pytest.raises(BadInput) as refused:
        checked_day(day, TODAY, "due_on")

    assert refused.value.where == "due_on"
