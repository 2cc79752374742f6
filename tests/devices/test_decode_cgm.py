"""CGM Measurement, with and without its checksum."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.profiles import cgm_profile
from companion.devices.profiles.cgm_profile import CgmMeasurement
from companion.devices.profiles.wire import DecodeError, Special
from companion.readings.reading import Limit
from firmware_mocks import encode

COMPLETE = encode.Sensor(
    "115", 300, status=1, cal_temp=2, warning=4, trend="-0.5", quality="98", with_crc=True
).encode()


def test_every_field_of_a_complete_record_is_read() -> None:
    record = cgm_profile.decode(COMPLETE)

    assert record == CgmMeasurement(
        size=15,
        flags=0xE3,
        glucose=Decimal(115),
        time_offset_min=300,
        status=1,
        cal_temp=2,
        warning=4,
        trend=Decimal("-0.5"),
        quality=Decimal(98),
        crc=int.from_bytes(COMPLETE[-2:], "little"),
        raw=COMPLETE,
    )


def test_the_shortest_record_has_neither_options_nor_checksum() -> None:
    payload = bytes.fromhex("06 00 7300 2c01")

    record = cgm_profile.decode(payload)

    assert record == (6, 0, Decimal(115), 300, None, None, None, None, None, None, payload)


def test_the_checksum_is_the_one_of_a_documented_packet() -> None:
    assert cgm_profile.crc16(bytes.fromhex("0d4373002c010324001a00")) == 0x043E


@given(st.integers(0, len(COMPLETE) * 8 - 1))
def test_one_wrong_bit_anywhere_is_noticed(bit: int) -> None:
    broken = bytearray(COMPLETE)
    broken[bit // 8] ^= 1 << bit % 8

    with pytest.raises(DecodeError):
        cgm_profile.decode(bytes(broken))


@pytest.mark.parametrize(
    "payload",
    [
        "07 00 7300 2c01",  # size says one byte more
        "07 00 7300 2c01 00",  # one byte left over is no checksum
        "09 00 7300 2c01 000000",
        "06 04 7300 2c01",  # reserved flags
        "06 08 7300 2c01",
        "06 10 7300 2c01",
        "06 01 7300 2c01",  # a trend is announced and missing
        "06",
        "",
    ],
)
def test_a_record_that_contradicts_itself_is_refused(payload: str) -> None:
    with pytest.raises(DecodeError):
        cgm_profile.decode(bytes.fromhex(payload))


@given(
    glucose=st.integers(0, 600).map(Decimal) | st.sampled_from(sorted(Special)),
    minutes=st.integers(0, 0xFFFF),
    octets=st.lists(st.none() | st.integers(0, 255), min_size=3, max_size=3),
    trend=st.none() | st.integers(-99, 99).map(lambda tenths: Decimal(tenths).scaleb(-1)),
    with_crc=st.booleans(),
)
def test_a_record_survives_the_way_through_a_sensor(
    glucose: Decimal | Special, minutes: int, octets: list[int | None], trend: Decimal | None, with_crc: bool
) -> None:
    sent = encode.Sensor(glucose, minutes, *octets, trend=trend, with_crc=with_crc)

    record = cgm_profile.decode(sent.encode())

    assert (record.glucose, record.time_offset_min, record.trend) == (glucose, minutes, trend)
    assert [record.status, record.cal_temp, record.warning] == octets
    assert (record.crc is not None) == with_crc


@given(st.binary(max_size=20))
def test_any_bytes_are_read_or_refused_in_words(payload: bytes) -> None:
    record = None

    with suppress(DecodeError):
        record = cgm_profile.decode(payload)

    assert record is None or record.size == len(payload)


@pytest.mark.parametrize(
    ("fields", "limit"),
    [
        ({"warning": 1 << 6}, Limit.LOW),
        ({"warning": 1 << 7}, Limit.HIGH),
        ({"warning": 0xC0}, Limit.LOW),  # the one that must not be missed
        ({"warning": 0x3F}, None),  # limits that somebody set
        ({"glucose": "POS_INF"}, Limit.HIGH),
        ({"glucose": "NEG_INF"}, Limit.LOW),
        ({"glucose": "NAN"}, None),
        ({}, None),
    ],
)
def test_too_high_and_too_low_are_told_apart(fields: dict[str, Any], limit: Limit | None) -> None:
    sent = encode.Sensor(**{"glucose": "115", "minutes": 5} | fields)

    assert cgm_profile.decode(sent.encode()).limit is limit


def test_one_notification_may_hold_several_records() -> None:
    first, second = encode.Sensor("115", 300).encode(), encode.Sensor("118", 305, trend="0.6", with_crc=True).encode()

    assert cgm_profile.split_records(first + second) == [first, second]


@given(st.binary(max_size=40))
def test_no_byte_of_a_notification_is_lost(payload: bytes) -> None:
    records = cgm_profile.split_records(payload)

    assert b"".join(records) == payload
    assert records
