"""SFLOAT and Date Time."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.profiles.wire import (
    DateTime,
    DecodeError,
    FlaggedLayout,
    OptionalField,
    Special,
    decode_date_time,
    decode_sfloat,
    sfloat,
)
from firmware_mocks import encode


@pytest.mark.parametrize(
    ("word", "text"),
    [
        (0xB078, "0.00120"),  # 120 × 10^-5: the zero was sent, so it stays
        (0xF065, "10.1"),
        (0x1134, "3080"),  # plain notation, no exponent
        (0x0F9C, "-100"),
        (0x0803, "-2045"),  # the lowest mantissa that is a number
        (0x07FD, "2045"),
        (0x8001, "0.00000001"),
        (0x7001, "10000000"),
        (0xE000, "0.00"),
    ],
)
def test_an_sfloat_keeps_the_digits_as_sent(word: int, text: str) -> None:
    value = sfloat(word)

    assert format(value, "f") == text


@pytest.mark.parametrize("exponent", [0x0, 0x1, 0x8, 0xF])
def test_a_special_is_told_by_its_mantissa_whatever_the_exponent(exponent: int) -> None:
    words = [exponent << 12 | mantissa for mantissa in range(0x7FE, 0x803)]

    values = [sfloat(word) for word in words]

    assert values == [Special.POS_INF, Special.NAN, Special.NRES, Special.RESERVED, Special.NEG_INF]


@given(st.integers(-2045, 2045), st.integers(-8, 7))
def test_an_sfloat_survives_the_way_through_a_meter(mantissa: int, exponent: int) -> None:
    number = Decimal(mantissa).scaleb(exponent)

    decoded = decode_sfloat(encode.sfloat(number))

    assert decoded == number
    assert isinstance(decoded, Decimal)
    assert decoded.as_tuple() == number.as_tuple()


@given(st.binary(max_size=9))
def test_other_lengths_than_theirs_are_refused(payload: bytes) -> None:
    for size, decode in ((2, decode_sfloat), (7, decode_date_time)):
        if len(payload) != size:
            with pytest.raises(DecodeError, match=f"instead of {size}"):
                decode(payload)


def test_a_time_is_read_as_the_wall_time_of_the_device() -> None:
    payload = bytes.fromhex(
        "e207"  # 2018
        "04 11"  # 17 April
        "0f 33 00"  # 15:51:00
    )

    assert decode_date_time(payload) == DateTime((2018, 4, 17, 15, 51, 0), datetime(2018, 4, 17, 15, 51))


def test_the_first_year_of_the_format_is_1582() -> None:
    payload = bytes.fromhex("2e06 01 01 00 00 00")

    assert decode_date_time(payload).local == datetime(1582, 1, 1)


@pytest.mark.parametrize("parts", ["0000 04 11", "e207 00 11", "e207 04 00", "0000 00 1f", "0000 02 1d"])
def test_a_date_with_an_unknown_part_is_no_date(parts: str) -> None:
    payload = bytes.fromhex(parts + "0f3300")

    assert decode_date_time(payload).local is None


@pytest.mark.parametrize(
    "parts",
    [
        "e207 0d 01 00 00 00",  # month 13
        "e207 02 1d 00 00 00",  # 29 February 2018
        "e207 04 11 18 00 00",  # hour 24
        "e207 04 11 00 3c 00",  # minute 60
        "e207 04 11 00 00 3c",  # second 60
        "2d06 04 11 00 00 00",  # 1581: before the format begins
        "1027 04 11 00 00 00",  # 10000
        "0000 02 1e 00 00 00",  # 30 February of no year
        "0000 00 00 18 00 00",  # hour 24 of no day
    ],
)
def test_a_time_no_calendar_has_is_refused(parts: str) -> None:
    with pytest.raises(DecodeError, match="is not a time"):
        decode_date_time(bytes.fromhex(parts))


@given(st.datetimes(min_value=datetime(1582, 1, 1)))
def test_a_time_survives_the_way_through_a_meter(when: datetime) -> None:
    assert decode_date_time(encode.date_time(when)).local == when.replace(microsecond=0)


def test_an_optional_field_is_none_where_its_flag_is_clear() -> None:
    layout = FlaggedLayout(
        "test", fixed="BB", optional=(OptionalField(0x02, "HB"), OptionalField(0x01, "B")), reserved=0xFC
    )

    unpacked = [layout.unpack(bytes.fromhex(text)) for text in ("0009", "010905", "0309010203 04", "0209010203 04")]

    assert unpacked == [
        (0, 9, None, None, None, 0),
        (1, 9, None, None, 5, 0),
        (3, 9, 0x0201, 3, 4, 0),
        (2, 9, 0x0201, 3, None, 1),  # one byte is left over
    ]
