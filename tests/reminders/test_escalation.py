"""Who hears of a missed dose, in which order and when, and which misses are a pattern."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.care.consent import Hears, Misses
from companion.care.quiet_hours import QuietHours
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.telling.escalation import (
    ALERT_VALID_FOR,
    CaregiverLink,
    PassedDose,
    Step,
    Told,
    escalate,
    is_pattern,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
END = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)  # 20:00 in Shanghai
NOW = END + timedelta(minutes=1)
DAUGHTER, SON, NEIGHBOUR = 7, 8, 9
NIGHT = QuietHours(time(22), time(7))
MINUTE = timedelta(minutes=1)
MISSED_STATES = (DoseState.MISSED, DoseState.MISSED_UNREACHED)
LINK = CaregiverLink(
    caregiver_id=DAUGHTER,
    starts_at=END - timedelta(days=30),
    ends_at=None,
    zone=SHANGHAI,
    misses=Misses.EVERY,
    quiet_override=False,
)
SECOND = replace(LINK, caregiver_id=SON, position=2)
THIRD = replace(LINK, caregiver_id=NEIGHBOUR, position=3)
MISSED = PassedDose(DoseState.MISSED, END, is_critical=False)
CRITICAL = replace(MISSED, is_critical=True)


@pytest.mark.parametrize("state", MISSED_STATES)
def test_a_missed_dose_is_told_to_the_caregiver(state: DoseState) -> None:
    step = escalate(replace(MISSED, state=state), [LINK], {}, NOW)

    assert step == Step((DAUGHTER,))


@pytest.mark.parametrize("state", [state for state in DoseState if state not in MISSED_STATES])
def test_nothing_else_is_non_adherence(state: DoseState) -> None:
    step = escalate(replace(MISSED, state=state), [LINK, SECOND], {DAUGHTER: Told(NOW)}, NOW)

    assert step == Step()


def test_one_alert_a_dose_and_caregiver() -> None:
    twice_linked = [LINK, replace(LINK, position=2)]

    first = escalate(MISSED, twice_linked, {}, NOW + timedelta(hours=1))
    again = escalate(MISSED, twice_linked, {DAUGHTER: Told(NOW)}, NOW + timedelta(hours=1))

    assert first.tell == (DAUGHTER,)
    assert again == Step()


def test_the_delay_counts_from_the_end_of_the_window() -> None:
    slow = replace(LINK, delay=30 * MINUTE)

    steps = [escalate(MISSED, [slow], {}, END + minutes * MINUTE) for minutes in (1, 29, 30)]

    assert steps == [Step((), END + 30 * MINUTE), Step((), END + 30 * MINUTE), Step((DAUGHTER,))]


# In their order


def test_the_next_one_is_told_only_when_the_first_has_had_their_time() -> None:
    told = {DAUGHTER: Told(NOW)}

    at_first = escalate(MISSED, [SECOND, LINK], {}, NOW)
    meanwhile = escalate(MISSED, [SECOND, LINK], told, NOW + 14 * MINUTE)
    then = escalate(MISSED, [SECOND, LINK], told, NOW + 15 * MINUTE)

    assert at_first == Step((DAUGHTER,), NOW + 15 * MINUTE)
    assert meanwhile == Step((), NOW + 15 * MINUTE)
    assert then == Step((SON,))


def test_whoever_says_what_they_do_ends_it_for_all_who_come_after() -> None:
    told = {DAUGHTER: Told(NOW), SON: Told(NOW + 15 * MINUTE, has_answered=True)}

    step = escalate(MISSED, [LINK, SECOND, THIRD], told, NOW + timedelta(hours=1))

    assert step == Step()


def test_each_is_given_the_time_of_their_own_link() -> None:
    patient = replace(LINK, wait=40 * MINUTE)

    step = escalate(MISSED, [patient, SECOND], {DAUGHTER: Told(NOW)}, NOW + 20 * MINUTE)

    assert step == Step((), NOW + 40 * MINUTE)


def test_a_delay_of_the_next_one_that_is_longer_than_the_wait_is_kept() -> None:
    slow = replace(SECOND, delay=timedelta(hours=1))

    step = escalate(MISSED, [LINK, slow], {DAUGHTER: Told(NOW)}, NOW)

    assert step == Step((), END + timedelta(hours=1))


def test_those_of_one_place_are_told_together() -> None:
    step = escalate(MISSED, [LINK, replace(SECOND, position=1), THIRD], {}, NOW)

    assert step == Step((DAUGHTER, SON), NOW + 15 * MINUTE)


def test_who_may_not_hear_of_it_is_passed_over_at_once() -> None:
    step = escalate(MISSED, [replace(LINK, hears=Hears.CRITICAL), SECOND], {}, NOW)

    assert step == Step((SON,))


def test_who_sleeps_is_not_waited_for() -> None:
    sleeper = replace(LINK, quiet=QuietHours(time(19), time(7)))
    morning = datetime(2026, 3, 8, 23, tzinfo=UTC)

    at_once = escalate(MISSED, [sleeper, SECOND], {}, NOW)
    a_little_later = escalate(MISSED, [sleeper, SECOND], {}, END + 15 * MINUTE)

    assert at_once == Step((), END + 15 * MINUTE)
    assert a_little_later == Step((SON,), morning)


def test_found_late_they_still_follow_one_another() -> None:
    late = END + timedelta(hours=5)

    step = escalate(MISSED, [LINK, SECOND], {}, late)

    assert step == Step((DAUGHTER,), late + 15 * MINUTE)


# Whether


@pytest.mark.parametrize(
    "change",
    [
        {"hears": Hears.CRITICAL},
        {"hears": Hears.DIGEST},
        {"hears": Hears.NONE},
        {"misses": Misses.PATTERN},
        {"misses": None},
        {"ends_at": NOW},
        {"starts_at": END + timedelta(seconds=1)},
        {"delay": timedelta(hours=1), "ends_at": END + 30 * MINUTE},
        {"quiet": QuietHours(time(20), time(7)), "ends_at": END + timedelta(hours=2)},
    ],
    ids=[
        "only critical medicines",
        "a daily digest",
        "nothing",
        "a pattern",
        "a pattern by default",
        "link ended",
        "link began afterwards",
        "link ends before the delay",
        "link ends in the quiet hours",
    ],
)
def test_a_caregiver_who_may_not_hear_does_not(change: dict[str, object]) -> None:
    link = replace(LINK, **change)  # type: ignore[arg-type]

    told = [who for hour in range(13) for who in escalate(MISSED, [link], {}, NOW + timedelta(hours=hour)).tell]

    assert told == []


@pytest.mark.parametrize(
    ("misses", "is_critical", "fits", "is_told"),
    [
        (None, True, False, True),
        (None, False, False, False),
        (None, False, True, True),
        (Misses.EVERY, False, False, True),
        (Misses.PATTERN, True, False, False),
        (Misses.PATTERN, True, True, True),
    ],
)
def test_the_link_says_which_misses_alert_and_otherwise_the_medicine(
    misses: Misses | None, is_critical: bool, fits: bool, is_told: bool
) -> None:
    dose = PassedDose(DoseState.MISSED, END, is_critical, fits)

    step = escalate(dose, [replace(LINK, misses=misses)], {}, NOW)

    assert bool(step.tell) is is_told


@pytest.mark.parametrize(
    ("missed_days_before", "expected"),
    [
        ((), False),
        ((1,), False),
        ((2, 3), False),
        ((1, 2), True),
        ((1, 3), True),
        ((1, 2, 3), True),
        ((1, 4), False),
        ((0, 1), False),
    ],
)
def test_a_pattern_is_yesterday_and_one_of_the_two_days_before(
    missed_days_before: tuple[int, ...], expected: bool
) -> None:
    today = date(2026, 3, 8)
    missed_on = {today - timedelta(days=back) for back in missed_days_before}

    assert is_pattern(missed_on, today) is expected


@pytest.mark.parametrize(
    ("is_critical", "override", "told"),
    [
        (False, False, "2026-03-08T23:00Z"),
        (False, True, "2026-03-08T23:00Z"),
        (True, False, "2026-03-08T23:00Z"),
        (True, True, None),
    ],
)
def test_only_a_critical_medicine_passes_quiet_hours_and_only_where_the_link_lets_it(
    is_critical: bool, override: bool, told: str | None
) -> None:
    at_night = PassedDose(DoseState.MISSED, datetime(2026, 3, 8, 15, 0, tzinfo=UTC), is_critical)  # 23:00
    link = replace(LINK, quiet=NIGHT, quiet_override=override)

    step = escalate(at_night, [link], {}, at_night.window_ends_at)

    assert step.tell == ((DAUGHTER,) if told is None else ())
    assert (step.look_at and f"{step.look_at:%Y-%m-%dT%H:%MZ}") == told


def test_what_could_have_been_told_half_a_day_ago_is_no_longer_news() -> None:
    in_time = escalate(MISSED, [LINK], {}, END + ALERT_VALID_FOR)
    too_late = escalate(MISSED, [LINK], {}, END + ALERT_VALID_FOR + MINUTE)

    assert in_time.tell == (DAUGHTER,)
    assert too_late == Step()


# Whatever the links are like

LINKS = st.builds(
    CaregiverLink,
    caregiver_id=st.integers(1, 5),
    starts_at=st.just(LINK.starts_at),
    ends_at=st.none(),
    zone=st.sampled_from([SHANGHAI, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]),
    position=st.integers(1, 4),
    hears=st.sampled_from(Hears),
    misses=st.sampled_from([None, *Misses]),
    delay=st.integers(0, 240).map(lambda minutes: minutes * MINUTE),
    wait=st.integers(5, 240).map(lambda minutes: minutes * MINUTE),
    quiet=st.sampled_from([None, NIGHT, QuietHours(time(13), time(15))]),
    quiet_override=st.booleans(),
)


@given(
    links=st.lists(LINKS, max_size=5, unique_by=lambda link: link.caregiver_id),
    dose=st.sampled_from([MISSED, CRITICAL]),
)
def test_followed_to_its_end_it_tells_each_once_and_comes_to_an_end(
    links: list[CaregiverLink], dose: PassedDose
) -> None:
    told: dict[int, Told] = {}
    now = END

    for _ in range(20):
        step = escalate(dose, links, told, now)
        assert not set(step.tell) & set(told)
        told |= {caregiver: Told(now) for caregiver in step.tell}
        if step.look_at is None:
            break
        assert step.look_at > now
        now = step.look_at

    assert step.look_at is None
    assert {link.caregiver_id for link in links if link.hears is Hears.ALL and link.misses is Misses.EVERY} <= set(told)
