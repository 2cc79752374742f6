"""Who hears of a missed dose, when, in which words, and who hears the end of it."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from companion.reminders.dose_state import DoseState
from companion.reminders.escalation import (
    MISSED_DOSES,
    Alert,
    CaregiverLink,
    Closing,
    Notice,
    NoticeKind,
    PassedDose,
    QuietHours,
    after_quiet_hours,
    close,
    escalate,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
END = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)  # 20:00 in Shanghai
NOW = END + timedelta(minutes=1)
DAUGHTER, SON = 7, 8
NIGHT = QuietHours(time(22), time(7))
LINK = CaregiverLink(
    caregiver_id=DAUGHTER,
    scope=MISSED_DOSES,
    has_consent=True,
    starts_at=END - timedelta(days=30),
    ends_at=None,
    zone=SHANGHAI,
)
MISSED = PassedDose(DoseState.MISSED, END, is_critical=False)


def test_a_missed_dose_is_told_to_the_caregiver() -> None:
    notices = escalate(MISSED, [LINK], set(), NOW)

    assert notices == [Notice(DAUGHTER, NoticeKind.MISSED, NOW)]


def test_when_nobody_reached_the_patient_the_caregiver_hears_that_and_not_a_miss() -> None:
    notices = escalate(replace(MISSED, state=DoseState.MISSED_UNREACHED), [LINK], set(), NOW)

    assert [notice.kind for notice in notices] == [NoticeKind.COULD_NOT_REACH]


@pytest.mark.parametrize(
    "state",
    [
        DoseState.PLANNED,
        DoseState.DUE,
        DoseState.SNOOZED,
        DoseState.TAKEN,
        DoseState.SKIPPED,
        DoseState.CANCELLED,
    ],
)
def test_nothing_else_is_non_adherence(state: DoseState) -> None:
    notices = escalate(replace(MISSED, state=state), [LINK], set(), NOW)

    assert notices == []


def test_one_alert_a_dose_and_caregiver() -> None:
    twice_linked = [LINK, replace(LINK, delay=timedelta(hours=1))]

    first = escalate(MISSED, twice_linked, set(), NOW)
    again = escalate(MISSED, twice_linked, {DAUGHTER}, NOW)

    assert first == [Notice(DAUGHTER, NoticeKind.MISSED, NOW)]
    assert again == []


def test_the_delay_counts_from_the_end_of_the_window() -> None:
    slow = replace(LINK, caregiver_id=SON, delay=timedelta(minutes=30))

    notices = escalate(MISSED, [slow, LINK], set(), NOW)

    assert [(notice.caregiver_id, notice.tell_at) for notice in notices] == [
        (DAUGHTER, NOW),
        (SON, END + timedelta(minutes=30)),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"has_consent": False},
        {"scope": "readings"},
        {"critical_only": True},
        {"ends_at": NOW},
        {"starts_at": END + timedelta(seconds=1)},
        {"delay": timedelta(hours=1), "ends_at": END + timedelta(minutes=30)},
        {"quiet": QuietHours(time(20), time(7)), "ends_at": END + timedelta(hours=2)},
    ],
    ids=[
        "no consent",
        "other scope",
        "only critical medicines",
        "link ended",
        "link began afterwards",
        "link ends before the delay",
        "link ends in the quiet hours",
    ],
)
def test_a_caregiver_who_may_not_hear_does_not(change: dict[str, object]) -> None:
    notices = escalate(MISSED, [replace(LINK, **change)], set(), NOW)  # type: ignore[arg-type]

    assert notices == []


def test_a_critical_medicine_reaches_who_wants_only_those() -> None:
    notices = escalate(replace(MISSED, is_critical=True), [replace(LINK, critical_only=True)], set(), NOW)

    assert [notice.caregiver_id for notice in notices] == [DAUGHTER]


@pytest.mark.parametrize(
    ("is_critical", "override", "told"),
    [
        (False, False, "2026-03-08T23:00Z"),
        (False, True, "2026-03-08T23:00Z"),
        (True, False, "2026-03-08T23:00Z"),
        (True, True, "2026-03-08T15:00Z"),
    ],
)
def test_only_a_critical_medicine_breaks_quiet_hours_and_only_where_agreed(
    is_critical: bool, override: bool, told: str
) -> None:
    at_night = PassedDose(DoseState.MISSED, datetime(2026, 3, 8, 15, 0, tzinfo=UTC), is_critical)  # 23:00
    link = replace(LINK, quiet=NIGHT, quiet_override=override)

    notices = escalate(at_night, [link], set(), at_night.window_ends_at)

    assert [f"{notice.tell_at:%Y-%m-%dT%H:%MZ}" for notice in notices] == [told]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("21:59", "21:59"),
        ("22:00", "07:00"),
        ("23:59", "07:00"),
        ("00:00", "07:00"),
        ("06:59", "07:00"),
        ("07:00", "07:00"),
    ],
)
def test_quiet_hours_run_over_midnight(at: str, expected: str) -> None:
    instant = datetime.combine(datetime(2026, 3, 8), time.fromisoformat(at), SHANGHAI).astimezone(UTC)

    told = after_quiet_hours(instant, NIGHT, SHANGHAI)

    assert f"{told.astimezone(SHANGHAI):%H:%M}" == expected
    assert timedelta(0) <= told - instant <= timedelta(hours=9)


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    noon_rest = QuietHours(time(19, 30), time(20, 30))

    assert after_quiet_hours(END, noon_rest, SHANGHAI) == END + timedelta(minutes=30)
    assert after_quiet_hours(END, QuietHours(time(20), time(20)), SHANGHAI) == END
    assert after_quiet_hours(END, None, SHANGHAI) == END


def test_quiet_hours_follow_the_clocks() -> None:
    new_york = ZoneInfo("America/New_York")
    before_the_gap = datetime(2026, 3, 8, 4, 0, tzinfo=UTC)  # 23:00 on the evening before

    told = after_quiet_hours(before_the_gap, NIGHT, new_york)

    assert told == datetime(2026, 3, 8, 11, 0, tzinfo=UTC)  # 07:00 in summer time, seven hours later


def test_quiet_hours_that_end_in_a_fold_end_once() -> None:
    until_half_past_one = QuietHours(time(22), time(1, 30))
    second_quarter_past_one = datetime(2026, 11, 1, 6, 15, tzinfo=UTC)

    told = after_quiet_hours(second_quarter_past_one, until_half_past_one, ZoneInfo("America/New_York"))

    assert told == second_quarter_past_one


@pytest.mark.parametrize("state", [DoseState.TAKEN, DoseState.SKIPPED])
def test_a_late_answer_tells_those_who_were_told_and_withdraws_the_rest(state: DoseState) -> None:
    links = [LINK, replace(LINK, caregiver_id=SON)]
    alerts = [Alert(DAUGHTER, was_told=True), Alert(SON, was_told=False)]

    closing = close(state, alerts, links, NOW)

    assert closing == Closing((SON,), (Notice(DAUGHTER, NoticeKind.ANSWERED_LATE, NOW),))


def test_the_end_of_it_waits_for_the_morning() -> None:
    night = datetime(2026, 3, 8, 15, 0, tzinfo=UTC)
    link = replace(LINK, quiet=NIGHT, quiet_override=True)

    closing = close(DoseState.TAKEN, [Alert(DAUGHTER, was_told=True)], [link], night)

    assert [notice.tell_at for notice in closing.tell] == [datetime(2026, 3, 8, 23, 0, tzinfo=UTC)]


@pytest.mark.parametrize("change", [{"ends_at": NOW}, {"has_consent": False}, {"scope": "readings"}])
def test_who_may_no_longer_hear_does_not_hear_the_end_either(change: dict[str, object]) -> None:
    changed = replace(LINK, **change)  # type: ignore[arg-type]

    closing = close(DoseState.TAKEN, [Alert(DAUGHTER, was_told=True)], [changed], NOW)

    assert closing == Closing()


def test_a_dose_still_missed_closes_nothing() -> None:
    closing = close(DoseState.MISSED, [Alert(DAUGHTER, was_told=True)], [LINK], NOW)

    assert closing == Closing()
