"""Who hears of a suggestion that waits, and when: every doctor before it expires, and not at night if time allows."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.advice.deciding.telling import (
    TIME_TO_DECIDE,
    WARNING,
    Hearer,
    Telling,
    Waiting,
    due_now,
    times_for,
)
from companion.care.quiet_hours import QuietHours

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
NIGHT = QuietHours(time(22), time(7))


def berlin(text: str) -> datetime:
    """The instant at which a wall in Berlin shows "03-04 10:30"."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=BERLIN).astimezone(UTC)


def waiting(created: str, *, hours: float = 72, urgent: bool = False) -> Waiting:
    at = berlin(created)
    return Waiting(at, at + timedelta(hours=hours), is_urgent=urgent)


@pytest.mark.parametrize(
    ("suggestion", "hearer", "expected"),
    [
        # Nobody is told at once of what is not urgent, unless they chose so.
        (waiting("03-04 10:30"), Hearer(BERLIN), {Telling.ENDS: "03-06 22:30"}),
        (
            waiting("03-04 10:30"),
            Hearer(BERLIN, every_at_once=True),
            {Telling.WAITS: "03-04 10:30", Telling.ENDS: "03-06 22:30"},
        ),
        # By day, if time allows: 12 hours before it ends is in the night, 3 and a half are left in the morning.
        (waiting("03-04 10:30"), Hearer(BERLIN, NIGHT), {Telling.ENDS: "03-07 07:00"}),
        # In the morning hardly an hour would be left: half an hour before the night begins.
        (waiting("03-04 08:00", hours=16 + 24), Hearer(BERLIN, QuietHours(time(11), time(23))), {
            Telling.ENDS: "03-05 10:30"
        }),
        # Created in the night, and over before its end: it does wake somebody.
        (waiting("03-04 23:00", hours=4), Hearer(BERLIN, NIGHT), {Telling.ENDS: "03-05 01:00"}),
        # Half of a short life.
        (waiting("03-04 10:00", hours=6), Hearer(BERLIN), {Telling.ENDS: "03-04 13:00"}),
        # Urgent: at once, and both at night, too.
        (
            waiting("03-04 23:00", hours=24, urgent=True),
            Hearer(BERLIN, NIGHT),
            {Telling.WAITS: "03-04 23:00", Telling.ENDS: "03-05 11:00"},
        ),
        # The night is that of the doctor's own wall.
        (
            waiting("03-04 10:30"),
            Hearer(SHANGHAI, NIGHT, every_at_once=True),
            {Telling.WAITS: "03-04 10:30", Telling.ENDS: "03-07 00:00"},
        ),
        # Over the night in which the clocks go forward the morning comes an hour earlier.
        (waiting("03-26 11:00"), Hearer(BERLIN, NIGHT), {Telling.ENDS: "03-29 07:00"}),
    ],
)  # fmt: skip
def test_when_a_doctor_hears(suggestion: Waiting, hearer: Hearer, expected: dict[Telling, str]) -> None:
    told = times_for(suggestion, hearer)

    assert told == {telling: berlin(at) for telling, at in expected.items()}


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
LIVES = st.timedeltas(timedelta(minutes=10), timedelta(days=10))
WALLS = st.times().map(lambda at: at.replace(second=0, microsecond=0))
HEARERS = st.builds(
    Hearer,
    st.sampled_from([BERLIN, SHANGHAI, ZoneInfo("America/New_York"), ZoneInfo("Pacific/Chatham")]),
    st.none() | st.builds(QuietHours, WALLS, WALLS),
    st.booleans(),
)
WAITING = st.builds(lambda at, life, urgent: Waiting(at, at + life, urgent), INSTANTS, LIVES, st.booleans())


@given(WAITING, HEARERS)
def test_every_doctor_is_warned_while_there_is_time_to_decide(suggestion: Waiting, hearer: Hearer) -> None:
    warned = times_for(suggestion, hearer)[Telling.ENDS]

    life = suggestion.expires_at - suggestion.created_at
    assert suggestion.created_at <= warned
    assert suggestion.expires_at - warned >= min(TIME_TO_DECIDE, life / 2)


@given(WAITING, HEARERS)
def test_what_is_urgent_is_told_at_once_whatever_was_chosen(suggestion: Waiting, hearer: Hearer) -> None:
    times = times_for(suggestion, hearer)

    assert not suggestion.is_urgent or times[Telling.WAITS] == suggestion.created_at


@given(WAITING, HEARERS)
def test_what_is_not_urgent_wakes_nobody_whose_night_is_short(suggestion: Waiting, hearer: Hearer) -> None:
    """Told in quiet hours only what was made in them, or leaves no other time."""
    times = times_for(suggestion, hearer)

    for telling, at in times.items():
        local = at.astimezone(hearer.zone).time()
        is_quiet = hearer.quiet is not None and hearer.quiet.contains(local)
        long_life = suggestion.expires_at - suggestion.created_at >= 2 * WARNING + timedelta(days=1)
        short_night = hearer.quiet is not None and _length(hearer.quiet) <= timedelta(hours=9)
        assert not (is_quiet and short_night and long_life and not suggestion.is_urgent), telling


def _length(quiet: QuietHours) -> timedelta:
    day = datetime(2026, 1, 1)
    span = datetime.combine(day, quiet.ends) - datetime.combine(day, quiet.begins)
    return span if span > timedelta(0) else span + timedelta(days=1)


@given(WAITING, HEARERS, st.timedeltas(timedelta(seconds=5), timedelta(hours=2)))
def test_each_thing_is_due_exactly_once_before_it_expires_however_rare_the_beats(
    suggestion: Waiting, hearer: Hearer, step: timedelta
) -> None:
    times = times_for(suggestion, hearer)
    told: list[Telling] = []

    looks = sorted({*times.values(), suggestion.created_at + step, suggestion.expires_at - timedelta(seconds=1)})
    for now in looks:
        told += due_now(times, told, now)

    assert sorted(told) == sorted(times)
