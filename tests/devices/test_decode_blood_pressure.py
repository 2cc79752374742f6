"""Blood Pressure Measurement and Intermediate Cuff Pressure."""

from contextlib import suppress
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.profiles import blood_pressure_profile
from companion.devices.profiles.blood_pressure_profile import BloodPressureMeasurement
from companion.devices.profiles.wire import DecodeError, Special
from firmware_mocks import encode

EIGHT = datetime(2026, 3, 1, 8, 0)


def test_every_field_of_a_complete_record_is_read() -> None:
    payload = bytes.fromhex(
        "1e"  # timestamp, pulse, user and status; mmHg
        "8a00 5600 6700"  # 138 over 86, mean 103
        "ea07 03 01 08 00 00"  # 2026-03-01 08:00
        "48f2"  # 58.4 a minute
        "02"  # user 2
        "0400"  # irregular pulse
    )

    record = blood_pressure_profile.decode(payload)

    assert record == BloodPressureMeasurement(
        systolic=Decimal(138),
        diastolic=Decimal(86),
        map=Decimal(103),
        unit="mmHg",
        timestamp=EIGHT,
        timestamp_parts=(2026, 3, 1, 8, 0, 0),
        pulse=Decimal("58.4"),
        user_id=2,
        status=4,
        trailing_bytes=0,
        raw=payload,
    )


def test_kilopascals_are_kept_as_sent() -> None:
    payload = encode.BloodPressure("18.4", "11.5", "13.8", in_kpa=True).encode()

    record = blood_pressure_profile.decode(payload)

    assert (record.unit, str(record.systolic), record.timestamp, record.pulse) == ("kPa", "18.4", None, None)


def test_a_failed_measurement_is_not_a_pressure_of_2047() -> None:
    payload = encode.BloodPressure("NAN", time=EIGHT, pulse="NAN", status=0).encode()

    record = blood_pressure_profile.decode(payload)

    assert {record.systolic, record.diastolic, record.map, record.pulse} == {Special.NAN}


def test_a_user_whom_the_cuff_does_not_know_is_none() -> None:
    assert blood_pressure_profile.decode(encode.BloodPressure("138", user=255).encode()).user_id is None


def test_a_timestamp_without_a_year_is_unknown_and_its_parts_are_kept() -> None:
    payload = bytes.fromhex("02 8a00 5600 6700 0000 03 01 08 00 00")

    record = blood_pressure_profile.decode(payload)

    assert (record.timestamp, record.timestamp_parts) == (None, (0, 3, 1, 8, 0, 0))


def test_the_cuff_pressure_is_the_first_of_the_three() -> None:
    payload = encode.BloodPressure("91", time=EIGHT, pulse="60", user=1, status=0).encode()

    pressure = blood_pressure_profile.decode_cuff_pressure(payload)

    assert pressure == (Decimal(91), "mmHg", EIGHT, (2026, 3, 1, 8, 0, 0), Decimal(60), 1, 0, 0, payload)


@pytest.mark.parametrize("flag", [0x20, 0x40, 0x80])
def test_a_reserved_flag_means_another_layout(flag: int) -> None:
    payload = encode.BloodPressure("138", "86", "103").encode()

    with pytest.raises(DecodeError, match="reserved flags"):
        blood_pressure_profile.decode(bytes([payload[0] | flag]) + payload[1:])


def test_every_cut_of_a_record_is_refused() -> None:
    whole = encode.BloodPressure("138", "86", "103", time=EIGHT, pulse="60", user=1, status=0).encode()

    for length in range(len(whole)):
        with pytest.raises(DecodeError):
            blood_pressure_profile.decode(whole[:length])


@given(
    pressures=st.lists(st.integers(0, 300), min_size=3, max_size=3),
    time=st.none() | st.datetimes(min_value=datetime(1582, 1, 1)),
    pulse=st.none() | st.integers(0, 250),
    user=st.none() | st.integers(0, 254),
    status=st.none() | st.integers(0, 0xFFFF),
)
def test_a_record_survives_the_way_through_a_cuff(
    pressures: list[int], time: datetime | None, pulse: int | None, user: int | None, status: int | None
) -> None:
    systolic, diastolic, mean = map(Decimal, pressures)
    pulse_sent = None if pulse is None else Decimal(pulse)
    sent = encode.BloodPressure(systolic, diastolic, mean, time=time, pulse=pulse_sent, user=user, status=status)

    record = blood_pressure_profile.decode(sent.encode())

    assert (record.systolic, record.diastolic, record.map) == (systolic, diastolic, mean)
    assert record.timestamp == (time and time.replace(microsecond=0))
    assert (record.pulse, record.user_id, record.status) == (pulse, user, status)


@given(st.binary(max_size=24))
def test_any_bytes_are_read_or_refused_in_words(payload: bytes) -> None:
    for decode in (blood_pressure_profile.decode, blood_pressure_profile.decode_cuff_pressure):
        record = None

        with suppress(DecodeError):
            record = decode(payload)

        assert record is None or record.raw == payload
