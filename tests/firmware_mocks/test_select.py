"""Which records a request to the virtual meter names."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_mocks.encode import Glucose, date_time, word
from firmware_mocks.record_selection import NotSelected, Result, select

RECORDS = [Glucose(number, datetime(2026, 3, 1 + number, 7, 0), offset_min=60) for number in range(6)]


def chosen(selection: bytes) -> list[int]:
    return [record.sequence for record in select(RECORDS, selection)]


@pytest.mark.parametrize(
    ("selection", "sequences"),
    [
        ("01", [0, 1, 2, 3, 4, 5]),
        ("05", [0]),
        ("06", [5]),
        ("02 01 0200", [0, 1, 2]),
        ("03 01 0400", [4, 5]),
        ("04 01 0100 0300", [1, 2, 3]),
        ("03 01 0600", []),
        ("03 02 ea07 03 05 08 00 00", [4, 5]),  # from 5 March, 08:00 on the display, an hour ahead of the clock
        ("03 02 ea07 03 05 08 00 01", [5]),
    ],
)
def test_a_selection_names_records_oldest_first(selection: str, sequences: list[int]) -> None:
    assert chosen(bytes.fromhex(selection)) == sequences


@pytest.mark.parametrize(
    ("selection", "result"),
    [
        ("", Result.INVALID_OPERATOR),
        ("00", Result.INVALID_OPERATOR),
        ("07", Result.OPERATOR_NOT_SUPPORTED),
        ("01 00", Result.INVALID_OPERAND),
        ("03", Result.INVALID_OPERAND),
        ("03 01 02", Result.INVALID_OPERAND),
        ("03 03 0200", Result.OPERAND_NOT_SUPPORTED),
        ("04 01 0300 0100", Result.INVALID_OPERAND),
    ],
)
def test_a_selection_that_names_none_is_refused_with_its_reason(selection: str, result: Result) -> None:
    with pytest.raises(NotSelected) as refused:
        chosen(bytes.fromhex(selection))

    assert refused.value.result is result


@given(st.integers(0, 0xFFFF))
def test_at_most_and_more_than_a_number_divide_the_memory(number: int) -> None:
    up_to = chosen(b"\x02\x01" + word(number))
    beyond = chosen(b"\x03\x01" + word(number + 1)) if number < 0xFFFF else []

    assert up_to + beyond == [0, 1, 2, 3, 4, 5]


@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)))
def test_times_are_compared_as_times(bound: datetime) -> None:
    earlier = chosen(b"\x02\x02" + date_time(bound))

    assert earlier == [n for n in range(6) if datetime(2026, 3, 1 + n, 8, 0) <= bound.replace(microsecond=0)]
