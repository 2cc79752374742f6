"""When a record was taken: each case by its name, then what holds whatever a clock does."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.clock import from_ms, to_ms
from companion.devices.records.device_time import UNMOVED, ClockReading, Dates, Stamps, TimeCase, is_orderly
from companion.devices.records.memory_runs import date_records

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
READ_AT = datetime(2026, 3, 20, 9, tzinfo=UTC)
TEN = datetime(2026, 3, 20, 10)
"""What a right clock in Berlin shows then."""
RIGHT = ClockReading(TEN, READ_AT)


def march(day: int, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute)


def stamps(*shown: datetime, moved_min: Sequence[int] = (), numbers: Sequence[int] | None = ()) -> Stamps:
    """The records of a memory, numbered from 1 unless told otherwise."""
    moved = [timedelta(minutes=minutes) for minutes in moved_min] or [UNMOVED] * len(shown)
    return Stamps(shown, moved, list(numbers) or list(range(1, len(shown) + 1)) if numbers is not None else None)


def date(memory: Stamps, clock: ClockReading | None = RIGHT, zone: ZoneInfo = BERLIN) -> Dates:
    return date_records(memory, clock, zone, READ_AT)


def told(dates: Dates) -> list[tuple[datetime, str] | str]:
    """Instant and case of each record, or why it cannot be dated."""
    return [
        dates.undatable[place].what if place in dates.undatable else (from_ms(ms), flag)
        for place, (ms, flag) in enumerate(zip(dates.taken_at_ms, dates.flags, strict=True))
    ]


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


# The cases


def test_a_right_clock_is_the_patients_wall() -> None:
    dates = date(stamps(march(4), march(5)))

    assert told(dates) == [(utc(4, 7), ""), (utc(5, 7), "")]
    assert list(dates.clock_offset_s) == [0, 0]


def test_a_right_clock_is_the_patients_wall_on_both_sides_of_daylight_saving_time() -> None:
    """New York moved its clocks on 8 March: 08:00 was 13:00 UTC before, and 12:00 after."""
    clock = ClockReading(datetime(2026, 3, 20, 5), READ_AT)

    dates = date(stamps(march(4), march(9)), clock, NEW_YORK)

    assert told(dates) == [(utc(4, 13), ""), (utc(9, 12), "")]


def test_a_few_minutes_of_drift_are_taken_off_and_told() -> None:
    dates = date(stamps(march(4)), ClockReading(TEN + timedelta(minutes=3), READ_AT))

    assert told(dates) == [(utc(4, 6, 57), "")]
    assert list(dates.clock_offset_s) == [-180]


def test_a_wrong_clock_still_tells_how_long_ago() -> None:
    seven_ahead = ClockReading(TEN + timedelta(hours=7), READ_AT)

    dates = date(stamps(march(4, 15)), seven_ahead)

    assert told(dates) == [(utc(4, 7), TimeCase.CLOCK_WRONG)]
    assert list(dates.clock_offset_s) == [-7 * 3600]


def test_a_clock_in_the_wrong_year_still_tells_how_long_ago() -> None:
    never_set = ClockReading(datetime(2018, 1, 3, 12), READ_AT)

    dates = date(stamps(datetime(2018, 1, 2, 12), datetime(2018, 1, 3, 11)), never_set)

    assert told(dates) == [(utc(19, 9), TimeCase.WRONG_YEAR), (utc(20, 8), TimeCase.WRONG_YEAR)]


def test_a_clock_that_started_at_the_millennium_still_tells_how_long_ago() -> None:
    dates = date(stamps(datetime(2000, 1, 1, 1)), ClockReading(datetime(2000, 1, 1, 2), READ_AT))

    assert told(dates) == [(utc(20, 8), TimeCase.WRONG_YEAR)]


def test_a_traveller_who_moved_the_clock_is_followed_by_the_base_time() -> None:
    """Two records in New York, then the meter was set to Berlin, five hours on; its base time is New York's."""
    memory = stamps(march(17, 8), march(18, 8), march(20, 8), moved_min=(0, 0, 300))

    dates = date(memory)

    assert told(dates) == [
        (utc(17, 12), TimeCase.ZONE_CHANGED),
        (utc(18, 12), TimeCase.ZONE_CHANGED),
        (utc(20, 7), ""),
    ]
    assert dates.clock_offset_s[0] == 5 * 3600


def test_a_traveller_who_came_home_is_followed_too() -> None:
    """Set up in Berlin, five hours back in New York, where it was read; the patient's zone is New York's by now."""
    clock = ClockReading(datetime(2026, 3, 20, 5), READ_AT)
    memory = stamps(march(19, 8), march(20, 4), moved_min=(0, -300))

    dates = date(memory, clock, NEW_YORK)

    assert told(dates) == [(utc(19, 7), TimeCase.ZONE_CHANGED), (utc(20, 8), "")]


def test_a_clock_moved_for_daylight_saving_time_needs_no_remark() -> None:
    """Berlin moved its clocks on 29 March; the meter's owner did so, too."""
    clock = ClockReading(datetime(2026, 4, 2, 11), datetime(2026, 4, 2, 9, tzinfo=UTC))
    memory = stamps(march(27), datetime(2026, 4, 1, 8), moved_min=(0, 60))

    dates = date_records(memory, clock, BERLIN, clock.read_at)

    assert told(dates) == [(utc(27, 7), ""), (datetime(2026, 4, 1, 6, tzinfo=UTC), "")]


def test_a_wrong_clock_that_was_moved_is_counted_by_its_base_time() -> None:
    """The meter was an hour slow; then its owner set it, and it is three hours ahead."""
    memory = stamps(march(19, 7), march(20, 12), moved_min=(0, 240))

    dates = date(memory, ClockReading(TEN + timedelta(hours=3), READ_AT))

    assert told(dates) == [(utc(19, 7), TimeCase.CLOCK_WRONG), (utc(20, 8), TimeCase.CLOCK_WRONG)]


def test_records_from_before_a_clock_was_set_back_keep_their_wall_time_and_a_remark() -> None:
    dates = date(stamps(march(10, 9), march(10, 8, 20), march(11)))

    assert told(dates) == [(utc(10, 8), TimeCase.CLOCK_SET_BACK), (utc(10, 7, 20), ""), (utc(11, 7), "")]


def test_a_record_from_before_a_reset_keeps_its_wall_time_while_the_clock_that_started_over_counts() -> None:
    started_over = ClockReading(datetime(2018, 1, 3, 12), READ_AT)

    dates = date(stamps(march(10), datetime(2018, 1, 2, 12)), started_over)

    assert told(dates) == [(utc(10, 7), TimeCase.CLOCK_RESET), (utc(19, 9), TimeCase.WRONG_YEAR)]


def test_a_reset_after_the_last_record_is_seen_by_the_clock_alone() -> None:
    dates = date(stamps(march(10), march(11)), ClockReading(datetime(2018, 1, 1, 2), READ_AT))

    assert told(dates) == [(utc(10, 7), TimeCase.CLOCK_RESET), (utc(11, 7), TimeCase.CLOCK_RESET)]


def test_records_of_a_clock_that_started_over_and_was_set_since_are_not_guessed() -> None:
    memory = stamps(march(1), datetime(2018, 1, 1, 1), datetime(2018, 1, 2), march(5))

    dates = date(memory)

    assert told(dates)[::3] == [(utc(1, 7), TimeCase.CLOCK_RESET), (utc(5, 7), "")]
    assert all("had started over" in str(why) for why in told(dates)[1:3])


def test_a_clock_that_started_over_twice_is_right_only_past_what_it_showed_before_both() -> None:
    again = datetime(2016, 1, 1), datetime(2018, 6, 1)
    memory = stamps(march(1), datetime(2018, 1, 1), *again, march(5))

    dates = date(memory)

    assert sorted(dates.undatable) == [1, 2, 3]
    assert told(dates)[-1] == (utc(5, 7), "")


def test_a_clock_that_started_over_and_was_set_back_a_little_is_still_wrong() -> None:
    memory = stamps(march(1), datetime(2018, 1, 2, 12), datetime(2018, 1, 2, 8), march(5))

    assert sorted(date(memory).undatable) == [1, 2]


def test_a_record_ahead_of_the_clock_is_from_before_it_was_set_back() -> None:
    """An hour, by somebody who forgot daylight saving time: no later than its arrival."""
    dates = date(stamps(march(19), march(20, 10, 40)))

    assert told(dates) == [(utc(19, 6, 20), TimeCase.CLOCK_AHEAD), (utc(20, 9), TimeCase.CLOCK_AHEAD)]


def test_a_clock_that_cannot_be_read_is_taken_for_the_patients_wall() -> None:
    dates = date(stamps(march(4)), None)

    assert told(dates) == [(utc(4, 7), TimeCase.CLOCK_UNKNOWN)]


def test_a_clock_that_cannot_be_read_and_is_ahead_is_ahead_by_that_much_at_least() -> None:
    """The newest record was just taken, and says 11:00 at ten: a severe low must not lie in the future."""
    dates = date(stamps(march(19, 11), march(20, 11)), None)

    assert told(dates) == [(utc(19, 9), TimeCase.CLOCK_AHEAD), (utc(20, 9), TimeCase.CLOCK_AHEAD)]
    assert list(dates.clock_offset_s) == [-3600, -3600]


def test_a_record_of_next_year_is_not_guessed_and_stops_no_other() -> None:
    dates = date(stamps(march(4), datetime(2027, 3, 19)), None)

    assert told(dates)[0] == (utc(4, 7), TimeCase.CLOCK_UNKNOWN)
    assert "lies after its own arrival" in str(told(dates)[1])


def test_a_record_from_before_there_were_such_meters_is_not_guessed() -> None:
    for clock in (None, RIGHT):
        dates = date(stamps(datetime(2000, 1, 1, 5)), clock)

        assert "the clock was never set" in str(told(dates)[0])


def test_a_record_that_a_clock_decades_ahead_would_put_before_such_meters_is_not_guessed() -> None:
    dates = date(stamps(march(4)), ClockReading(datetime(2041, 1, 1), READ_AT))

    assert "the clock was never set" in str(told(dates)[0])


def test_a_clock_that_no_device_can_show_is_no_clock() -> None:
    dates = date(stamps(march(4)), ClockReading(datetime(1, 1, 1), READ_AT))

    assert told(dates) == [(utc(4, 7), TimeCase.CLOCK_UNKNOWN)]


# The order of a memory


def test_numbers_that_ran_over_are_no_reset() -> None:
    dates = date(stamps(march(12), march(10), march(11), numbers=(0, 65534, 65535)))

    assert told(dates) == [(utc(12, 7), ""), (utc(10, 7), ""), (utc(11, 7), "")]


def test_records_that_came_in_no_order_are_no_reset() -> None:
    dates = date(stamps(march(12), march(10), numbers=(9, 8)))

    assert told(dates) == [(utc(12, 7), ""), (utc(10, 7), "")]


def test_without_numbers_only_the_clock_can_tell_what_was_before_it_was_set_back() -> None:
    started_over = ClockReading(datetime(2018, 1, 3, 12), READ_AT)

    dates = date(stamps(datetime(2018, 1, 2, 12), march(10), datetime(2018, 1, 3, 12), numbers=None), started_over)

    assert told(dates) == [
        (utc(19, 9), TimeCase.WRONG_YEAR),
        (utc(10, 7), TimeCase.CLOCK_RESET),
        (utc(20, 9), TimeCase.WRONG_YEAR),
    ]


def test_no_records_have_no_dates() -> None:
    assert date(stamps()) == Dates([], [], [], {})


# Whatever a clock does

TIMES = st.datetimes(min_value=datetime(1582, 1, 2), max_value=datetime(9999, 12, 30))
ZONES = st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("Pacific/Apia"), ZoneInfo("Asia/Kathmandu")])


@st.composite
def memories(draw: st.DrawFn) -> Stamps:
    shown = draw(st.lists(st.one_of(TIMES, st.datetimes(march(1), march(20))), max_size=6))
    numbers = draw(st.none() | st.lists(st.integers(0, 0xFFFF), min_size=len(shown), max_size=len(shown)))
    moved = draw(st.lists(st.integers(-600, 600), min_size=len(shown), max_size=len(shown)))
    return Stamps(shown, [timedelta(minutes=minutes) for minutes in moved], numbers)


@given(memories(), st.none() | st.builds(ClockReading, st.datetimes(), st.just(READ_AT)), ZONES)
def test_every_record_is_dated_or_refused_and_none_lies_in_the_future(
    memory: Stamps, clock: ClockReading | None, zone: ZoneInfo
) -> None:
    dates = date(memory, clock, zone)

    decided = told(dates)
    assert len(decided) == len(dates.clock_offset_s) == len(memory.shown)
    for instant in (each[0] for each in decided if isinstance(each, tuple)):
        assert datetime(2012, 1, 1, tzinfo=UTC) <= instant <= READ_AT + timedelta(minutes=20)


@given(st.lists(st.integers(0, 60 * 24 * 300), min_size=1, max_size=8), st.integers(-600_000, 600_000), ZONES)
def test_a_clock_that_ran_on_untouched_dates_every_record_right(
    minutes_ago: list[int], wrong_by_min: int, zone: ZoneInfo
) -> None:
    """However wrong the clock is: beyond ten minutes it counts, and counting does not depend on the zone."""
    shows = READ_AT.astimezone(zone).replace(tzinfo=None) + timedelta(minutes=wrong_by_min)
    taken = sorted(minutes_ago, reverse=True)
    memory = stamps(*(shows - timedelta(minutes=ago) for ago in taken))

    dates = date(memory, ClockReading(shows, READ_AT), zone)

    if abs(wrong_by_min) > 10 and memory.shown[0].year > 2012:
        assert list(dates.taken_at_ms) == [to_ms(READ_AT - timedelta(minutes=ago)) for ago in taken]
        assert not dates.undatable


@given(st.lists(st.datetimes(datetime(2014, 1, 1), TEN), min_size=1, max_size=8), ZONES, st.integers(-9, 9))
def test_an_orderly_memory_is_dated_as_its_records_one_by_one(
    shown: list[datetime], zone: ZoneInfo, drift_min: int
) -> None:
    clock = ClockReading(TEN + timedelta(minutes=drift_min), READ_AT)
    memory = stamps(*sorted(shown))

    together = date_records(memory, clock, zone, READ_AT)
    alone = [date_records(stamps(time), clock, zone, READ_AT).taken_at_ms[0] for time in memory.shown]

    assert is_orderly(memory, clock)
    assert list(together.taken_at_ms) == alone


@pytest.mark.parametrize("case", list(TimeCase))
def test_every_case_is_short_enough_to_be_kept_beside_what_disturbed_a_cuff(case: TimeCase) -> None:
    assert len(f"movement,cuff_loose,irregular_pulse,position,{case.value}") <= 60
