"""Current Time: what a clock shows, and what is written to set one."""

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.profiles import current_time_profile
from companion.devices.profiles.current_time_profile import AdjustReason, CurrentTime
from companion.devices.profiles.wire import DecodeError, date_time_bytes, decode_date_time
from firmware_mocks import encode

HALF_PAST_TEN = datetime(2026, 3, 4, 10, 30, 15)


def test_every_field_of_a_current_time_is_read() -> None:
    payload = bytes.fromhex(
        "ea07 03 04 0a 1e 0f"  # 2026-03-04 10:30:15
        "03"  # a Wednesday
        "80"  # and a half second
        "05"  # set by hand, for another time zone
    )

    value = current_time_profile.decode(payload)

    assert value == CurrentTime(
        parts=(2026, 3, 4, 10, 30, 15),
        local=HALF_PAST_TEN,
        day_of_week=3,
        fractions=128,
        adjust_reason=AdjustReason.MANUAL | AdjustReason.TIME_ZONE,
        trailing_bytes=0,
        raw=payload,
    )


def test_a_clock_never_set_knows_neither_date_nor_weekday() -> None:
    value = current_time_profile.decode(encode.current_time(None))

    assert (value.local, value.day_of_week, value.parts) == (None, None, (0, 0, 0, 0, 0, 0))


def test_bytes_after_the_current_time_are_counted() -> None:
    assert current_time_profile.decode(encode.current_time(HALF_PAST_TEN) + bytes(2)).trailing_bytes == 2


@pytest.mark.parametrize(
    "payload",
    [
        "ea0703040a1e0f0380",  # nine bytes
        "ea07030a191e0f038000",  # hour 25
        "ea07021d0a1e0f038000",  # 29 February 2026
        "ea0703040a1e0f088000",  # an eighth day of the week
    ],
)
def test_a_time_that_no_clock_shows_is_refused(payload: str) -> None:
    with pytest.raises(DecodeError):
        current_time_profile.decode(bytes.fromhex(payload))


@given(st.datetimes(min_value=datetime(1582, 1, 1)))
def test_what_is_written_to_a_clock_is_what_it_shows(local: datetime) -> None:
    second = local.replace(microsecond=0)

    shown = current_time_profile.decode(current_time_profile.encode(local))

    assert (shown.local, shown.day_of_week) == (second, local.isoweekday())
    assert shown.fractions == local.microsecond * 256 // 1_000_000
    assert shown.adjust_reason is AdjustReason.EXTERNAL_REFERENCE
    assert decode_date_time(date_time_bytes(local)).local == second


@given(st.binary(max_size=14))
def test_any_bytes_are_read_or_refused_in_words(payload: bytes) -> None:
    value = None

    with suppress(DecodeError):
        value = current_time_profile.decode(payload)

    assert value is None or value.raw == payload
