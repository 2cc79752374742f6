"""Record Access Control Point: requests and responses."""

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.profiles import record_access
from companion.devices.profiles.record_access import OpCode, Operator, RecordAccess
from companion.devices.profiles.wire import DecodeError


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ("01 01", "report all"),
        ("01 03 01 f401", "report >= sequence 500"),
        ("01 02 01 0500", "report <= sequence 5"),
        ("01 04 01 0300 0900", "report range sequence 3 to 9"),
        ("01 05", "report first"),
        ("01 06", "report last"),
        ("01 03 02 ea07 03 01 07 00 00", "report >= time 2026-03-01T07:00:00"),
        ("02 01", "delete all"),
        ("04 03 01 0000", "count >= sequence 0"),
        ("03 00", "abort"),
    ],
)
def test_a_request_is_told_in_words(payload: str, text: str) -> None:
    value = record_access.decode(bytes.fromhex(payload))

    assert (value.request_text, value.records, value.response) == (text, None, None)


@pytest.mark.parametrize(("payload", "records"), [("05 00 01", 1), ("05 00 0201", 258), ("05 00 04030201", 16909060)])
def test_a_count_may_have_one_two_or_four_bytes(payload: str, records: int) -> None:
    octets = bytes.fromhex(payload)

    assert record_access.decode(octets) == RecordAccess(records, None, None, None, octets)


def test_a_response_names_what_it_answers_and_how() -> None:
    octets = bytes.fromhex("06 00 01 06")  # to "report": no records

    assert record_access.decode(octets) == RecordAccess(None, 6, 1, None, octets)


@pytest.mark.parametrize(
    "payload",
    [
        "", "01",
        "01 00", "01 07",  # selects nothing
        "01 01 00",  # "all" takes no operand
        "01 03", "01 03 01", "01 03 01 05", "01 03 01 0500 00", "01 03 03 0500", "01 04 01 0500",
        "01 03 02 ea07 0d 01 07 00 00", "01 03 02 0000 03 01 07 00 00",  # month 13; no year
        "03 01", "03 00 00",
        "05 00", "05 00 030201", "05 01 0100",
        "06 00 01", "06 01 01 01", "06 00 01 01 00",
        "00 00", "07 01",
    ],
)  # fmt: skip
def test_what_the_service_does_not_define_is_refused(payload: str) -> None:
    with pytest.raises(DecodeError, match=r"record access|date time"):
        record_access.decode(bytes.fromhex(payload))


@given(
    st.sampled_from([OpCode.REPORT, OpCode.DELETE, OpCode.COUNT]),
    st.sampled_from([(Operator.LESS_OR_EQUAL, 1), (Operator.GREATER_OR_EQUAL, 1), (Operator.RANGE, 2)]),
    st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF)),
)
def test_what_is_asked_can_be_read_again(
    op_code: OpCode, operator: tuple[Operator, int], sequences: tuple[int, int]
) -> None:
    asked = sequences[: operator[1]]

    value = record_access.decode(record_access.request(op_code, operator[0], *asked))

    assert value.request_text is not None
    assert [int(word) for word in value.request_text.split() if word.isdigit()] == list(asked)


@given(st.binary(max_size=18))
def test_any_bytes_are_read_or_refused_in_words(payload: bytes) -> None:
    value = None

    with suppress(DecodeError):
        value = record_access.decode(payload)

    assert value is None or [value.records, value.response, value.request_text].count(None) == 2


@given(st.lists(st.datetimes(min_value=datetime(1582, 1, 1)), min_size=2, max_size=2))
def test_records_are_asked_for_by_the_time_that_a_meter_shows(times: list[datetime]) -> None:
    first, last = (time.replace(microsecond=0) for time in times)

    value = record_access.decode(record_access.request(OpCode.REPORT, Operator.RANGE, first, last))

    assert value.request_text == f"report range time {first.isoformat()} to {last.isoformat()}"


def test_a_sensor_numbers_its_records_by_minutes() -> None:
    asked = record_access.request(OpCode.REPORT, Operator.GREATER_OR_EQUAL, 300)

    assert record_access.decode(asked, "time offset").request_text == "report >= time offset 300"
