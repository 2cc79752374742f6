"""A day of values as one small piece, and which days of a span are worth it."""

from itertools import pairwise
from struct import pack

from hypothesis import given
from hypothesis import strategies as st

from companion.clock import to_ms
from companion.readings.packed_days import (
    DAY_MS,
    PACKED_AT_ONCE,
    PACKED_FROM,
    Stretch,
    by_day,
    days_worth_packing,
    packed,
    stretches_between,
    unpacked,
)
from companion.readings.reading import Reading
from companion.readings.values import Values
from tests.readings.store_builders import NOON, glucose, readings, told

NOON_MS = to_ms(NOON)
DAY = NOON_MS // DAY_MS


def every(minutes: int, n: int) -> Values:
    """So many values, from noon on."""
    return Values.of([glucose(minutes * number, number) for number in range(n)])


@given(st.lists(readings("pa_wang"), max_size=12))
def test_what_is_packed_comes_back_to_the_last_digit(some: list[Reading]) -> None:
    values = Values.of(sorted(some, key=lambda reading: reading.taken_at))

    assert told(unpacked(packed(values))) == told(values)


def test_a_piece_that_says_each_different_value_is_read() -> None:
    header = b'[3, ["5.10", null], ["mmol/L"], ["cgm"], [null, "LO"], [null]]\n'

    values = unpacked(header + pack("<3q6I", NOON_MS, NOON_MS + 1, NOON_MS + 2, 0, 1, 0, 0, 1, 0))

    assert [str(value) for value in values.value] == ["5.10", "None", "5.10"]
    assert values.limit == [None, "LO", None]
    assert told(unpacked(packed(values))) == told(values)


def test_a_day_of_a_sensor_takes_a_dozen_bytes_a_value() -> None:
    piece = packed(Values.of([glucose(5 * n, n, str(80 + n % 100)) for n in range(288)]))

    assert len(piece) < 288 * 15


@given(st.integers(-3 * DAY_MS, 3 * DAY_MS), st.integers(0, 5 * DAY_MS), st.sets(st.integers(-4, 9)))
def test_days_that_are_kept_and_stretches_that_are_not_are_the_span(start: int, length: int, days: set[int]) -> None:
    span = Stretch(start, start + length)
    kept = days & set(span.touched)

    stretches = stretches_between(span, kept)

    pieces = sorted([*stretches, *(Stretch(day * DAY_MS, (day + 1) * DAY_MS) for day in kept)])
    assert all(before.end == after.start for before, after in pairwise(pieces))
    assert sum(min(end, span.end) - max(begun, span.start) for begun, end in pieces) == length


def test_only_whole_days_with_many_values_are_worth_packing() -> None:
    stretch = Stretch(NOON_MS, NOON_MS + 10 * DAY_MS)

    # The first half day is not whole, and a thousand values end before the midnight after the third whole one.
    assert days_worth_packing(stretch, every(5, PACKED_FROM)) == range(DAY + 1, DAY + 4)
    assert not days_worth_packing(stretch, every(5, PACKED_FROM - 1))


def test_a_few_values_a_day_are_not_worth_packing_however_many_they_are() -> None:
    stretch = Stretch(NOON_MS, NOON_MS + 400 * DAY_MS)

    assert not days_worth_packing(stretch, every(6 * 60, PACKED_FROM))


def test_of_many_days_the_oldest_are_packed_first() -> None:
    stretch = Stretch(NOON_MS, NOON_MS + 400 * DAY_MS)

    assert days_worth_packing(stretch, every(20, 72 * 200)) == range(DAY + 1, DAY + 1 + PACKED_AT_ONCE)


def test_values_are_cut_into_their_days_and_a_day_may_have_none() -> None:
    values = Values.of([glucose(0, 1), glucose(13 * 60, 2), glucose(70 * 60, 3)])

    days = by_day(values, range(DAY, DAY + 4))

    assert {day - DAY: list(found.taken_at_ms) for day, found in days.items()} == {
        0: [NOON_MS],
        1: [NOON_MS + 13 * 60 * 60_000],
        2: [],
        3: [NOON_MS + 70 * 60 * 60_000],
    }
