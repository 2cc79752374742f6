"""Which records are asked for, and which are the same as before."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.profiles.record_access import Operator
from companion.devices.quirks import STANDARD
from companion.devices.radio.selection import (
    ALL_RECORDS,
    Entry,
    Mark,
    Selection,
    everything,
    from_number,
    newest,
    rest_of,
    same_record,
    starting_at,
)

BACKWARDS = replace(STANDARD, has_lasting_sequence=False)
FROM_NUMBER_ONLY = replace(STANDARD, asks_from_number=True)
START = datetime(2026, 3, 1, 7, 0)


def entries(*numbers: int, minutes: tuple[int, ...] | None = None) -> list[Entry]:
    times = [START + timedelta(minutes=m) for m in minutes or range(len(numbers))]
    return [Entry(number, time, time) for number, time in zip(numbers, times, strict=True)]


def between(first: int, last: int) -> Selection:
    return Selection(Operator.RANGE, (first, last))


@pytest.mark.parametrize(
    ("mark", "quirks", "selection"),
    [
        (None, STANDARD, ALL_RECORDS),
        (None, FROM_NUMBER_ONLY, from_number(0)),
        (Mark(7), STANDARD, from_number(7)),
        (Mark(0xFFFE), STANDARD, from_number(0xFFFE)),
        (Mark(0xFFFF), STANDARD, ALL_RECORDS),
        (Mark(0xFFFF), FROM_NUMBER_ONLY, from_number(0)),
        (Mark(0), BACKWARDS, ALL_RECORDS),
    ],
)
def test_a_download_starts_at_the_record_it_ended_with(mark: Mark | None, quirks: object, selection: Selection) -> None:
    assert starting_at(mark, quirks) == selection  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("numbers", "rest"),
    [
        ((), ALL_RECORDS),
        ((3,), from_number(3)),
        ((3, 4, 9), from_number(9)),
        ((3, 9, 4), ALL_RECORDS),  # in no order: any number may be missing
        ((65530, 65534), from_number(65534)),
        ((65530, 65535), between(0, 65529)),
        ((65530, 65535, 0, 1), between(1, 65529)),
        ((65530, 1), between(1, 65529)),
        ((0, 65535), ALL_RECORDS),  # every number there is
    ],
)
def test_after_a_break_the_last_record_and_what_is_behind_it_are_asked_for(
    numbers: tuple[int, ...], rest: Selection
) -> None:
    assert rest_of(ALL_RECORDS, entries(*numbers), STANDARD) == rest


@pytest.mark.parametrize(
    ("minutes", "operator"),
    [
        ((1, 2, 3), Operator.GREATER_OR_EQUAL),
        ((3, 2, 1), Operator.LESS_OR_EQUAL),
        ((1, 1, 2), Operator.ALL),
        ((2, 1, 3), Operator.ALL),
    ],
)
def test_where_numbers_move_the_time_on_the_display_says_what_is_left(
    minutes: tuple[int, ...], operator: Operator
) -> None:
    rest = rest_of(ALL_RECORDS, entries(0, 1, 2, minutes=minutes), BACKWARDS)

    assert rest.operator == operator
    assert rest.values == ((START + timedelta(minutes=minutes[-1]),) if operator != Operator.ALL else ())


def test_one_time_or_an_unknown_one_does_not_tell_in_which_order_records_come() -> None:
    unknown = [*entries(0, 1), Entry(2, None, None)]

    assert rest_of(ALL_RECORDS, entries(0), BACKWARDS) == ALL_RECORDS
    assert rest_of(ALL_RECORDS, unknown, BACKWARDS) == ALL_RECORDS


@pytest.mark.parametrize(
    ("numbers", "quirks", "number"),
    [
        ((1, 2, 5), STANDARD, 5),
        ((65534, 65535, 0), STANDARD, 0),
        ((1, 5, 2), STANDARD, None),
        ((), STANDARD, None),
        ((0, 1, 2), BACKWARDS, 0),
        ((2, 1, 0), BACKWARDS, 0),
        ((1, 2), BACKWARDS, None),
    ],
)
def test_the_newest_record_is_the_mark_of_a_whole_transfer(
    numbers: tuple[int, ...], quirks: object, number: int | None
) -> None:
    mark = newest(entries(*numbers), quirks)  # type: ignore[arg-type]

    assert (mark.number if mark else None) == number


@pytest.mark.parametrize(
    ("mark", "same"),
    [
        (Mark(7, START), True),
        (Mark(7), True),
        (Mark(7, START + timedelta(minutes=1)), False),
        (Mark(8, START), False),
    ],
)
def test_a_record_is_known_by_its_number_and_its_time(mark: Mark, same: bool) -> None:
    assert same_record(mark, entries(7)[0]) is same


@given(
    first=st.integers(0, 0xFFFF),
    steps=st.lists(st.integers(1, 50), min_size=1, max_size=20),
    received=st.integers(1, 20),
)
def test_what_came_and_what_is_asked_for_next_leave_no_gap(first: int, steps: list[int], received: int) -> None:
    numbers = [first]
    for step in steps:
        numbers.append((numbers[-1] + step) & 0xFFFF)
    came, missing = numbers[:received], numbers[received:]

    asked: list[int] = []
    for _ in range(2):  # behind 65535 a second request begins at 0
        rest = rest_of(everything(STANDARD), entries(*came), STANDARD)
        asked = [n for n in numbers if _selects(rest, n)]
        came += [n for n in asked if n not in came]

    assert set(missing) <= set(came)


def _selects(selection: Selection, number: int) -> bool:
    values = [value for value in selection.values if isinstance(value, int)]
    if selection.operator is Operator.ALL:
        return True
    if selection.operator is Operator.GREATER_OR_EQUAL:
        return number >= values[0]
    return values[0] <= number <= values[1]
