"""What a device says of itself: its names, its battery, what it can do."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.profiles.device_information import decode_battery, decode_text
from companion.devices.profiles.features import (
    BloodPressureFeature,
    GlucoseFeature,
    decode_blood_pressure_feature,
    decode_glucose_feature,
)
from companion.devices.profiles.wire import DecodeError


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"A&D Medical", "A&D Medical"),
        (b"HEM-9200T\0\0\0", "HEM-9200T"),
        (b"  923 \r\n", "923"),
        ("Mühlhausen".encode(), "Mühlhausen"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"", ""),
        (b"Contour\x00old rest", "Contour"),
    ],
)
def test_a_name_is_read_without_what_pads_it(payload: bytes, text: str) -> None:
    assert decode_text(payload) == text


def test_a_battery_tells_its_percent_and_what_follows_it() -> None:
    battery = decode_battery(b"\x64\x00")

    assert (battery.percent, battery.trailing_bytes, battery.raw) == (100, 1, b"\x64\x00")


@pytest.mark.parametrize("payload", [b"", b"\x65", b"\xff"])
def test_a_battery_that_is_more_than_full_is_refused(payload: bytes) -> None:
    with pytest.raises(DecodeError):
        decode_battery(payload)


def test_a_meter_says_what_it_notices() -> None:
    value = decode_glucose_feature(bytes.fromhex("2106"))  # bits 0, 5, 9 and 10

    assert value.features == (
        GlucoseFeature.LOW_BATTERY
        | GlucoseFeature.RESULT_HIGH_LOW
        | GlucoseFeature.TIME_FAULT
        | GlucoseFeature.MULTIPLE_BONDS
    )


def test_a_cuff_says_what_it_notices() -> None:
    value = decode_blood_pressure_feature(bytes.fromhex("2600aa"))  # bits 1, 2 and 5, and a byte nobody knows

    assert value.features == (
        BloodPressureFeature.CUFF_FIT | BloodPressureFeature.IRREGULAR_PULSE | BloodPressureFeature.MULTIPLE_BONDS
    )
    assert value.trailing_bytes == 1


def test_a_feature_of_a_later_version_is_kept() -> None:
    assert int(decode_glucose_feature(bytes.fromhex("0080")).features) == 0x8000


@given(st.binary(max_size=8))
def test_any_bytes_are_read_or_refused_in_words(payload: bytes) -> None:
    for decode in (decode_battery, decode_glucose_feature, decode_blood_pressure_feature):
        value = None

        with suppress(DecodeError):
            value = decode(payload)

        assert value is None or value.raw == payload
    assert decode_text(payload).strip("\0") == decode_text(payload)
