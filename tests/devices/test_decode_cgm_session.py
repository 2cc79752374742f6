"""A sensor's session: start, run time, status and features."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.profiles import cgm_session
from companion.devices.profiles.cgm_session import CgmFeature
from companion.devices.profiles.wire import DecodeError
from firmware_mocks import encode

START = datetime(2026, 3, 4, 10, 30)
DECODERS = (
    cgm_session.decode_start,
    cgm_session.decode_run_time,
    cgm_session.decode_status,
    cgm_session.decode_features,
)


def with_crc(value: bytes) -> bytes:
    return value + encode.crc_ccitt(value).to_bytes(2, "little")


def start(local: datetime | None, zone: int, daylight_saving: int) -> bytes:
    return encode.date_time(local) + zone.to_bytes(1, signed=True) + bytes([daylight_saving])


def test_every_field_of_a_session_start_is_read() -> None:
    payload = bytes.fromhex(
        "ea07 03 04 0a 1e 00"  # 2026-03-04 10:30:00
        "04"  # an hour ahead of UTC
        "04"  # and another one for daylight saving
    )

    session = cgm_session.decode_start(payload)

    assert (session.local, session.utc_offset_min, session.crc) == (START, 120, None)
    assert session.started_at == datetime(2026, 3, 4, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "daylight_saving"), [(-128, 0), (4, 255), (57, 0), (-49, 0), (4, 3)])
def test_a_zone_nobody_told_leaves_the_instant_open(zone: int, daylight_saving: int) -> None:
    session = cgm_session.decode_start(start(START, zone, daylight_saving))

    assert (session.local, session.utc_offset_min, session.started_at) == (START, None, None)


def test_a_session_of_a_sensor_without_a_date_has_no_start() -> None:
    session = cgm_session.decode_start(start(None, 4, 0))

    assert (session.local, session.started_at) == (None, None)


def test_a_start_before_the_first_day_of_the_calendar_in_utc_is_not_known() -> None:
    session = cgm_session.decode_start(start(datetime(9999, 12, 31, 23, 59), -48, 0))

    assert session.started_at is None


@given(
    local=st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)),
    zone=st.integers(-48, 56),
    saving=st.sampled_from([(0, 0), (2, 30), (4, 60), (8, 120)]),
)
def test_a_start_survives_the_way_through_a_sensor(local: datetime, zone: int, saving: tuple[int, int]) -> None:
    code, saving_min = saving

    session = cgm_session.decode_start(with_crc(start(local, zone, code)))

    assert session.started_at == local.replace(microsecond=0, tzinfo=UTC) - timedelta(minutes=zone * 15 + saving_min)


def test_a_sensor_tells_how_long_it_runs() -> None:
    assert cgm_session.decode_run_time(bytes.fromhex("f000")).hours == 240
    assert cgm_session.decode_run_time(with_crc(bytes.fromhex("f000"))).crc is not None


def test_a_status_has_its_three_octets() -> None:
    status = cgm_session.decode_status(bytes.fromhex("2c01 01 08 40"))

    assert (status.time_offset_min, status.status, status.cal_temp, status.warning) == (300, 1, 8, 0x40)


def test_a_feature_names_what_is_sampled_and_where() -> None:
    features = cgm_session.decode_features(bytes.fromhex("00c001 19 ffff"))  # bits 14, 15 and 16; ISF, finger

    assert features.features == CgmFeature.MULTIPLE_SESSIONS | CgmFeature.TREND | CgmFeature.QUALITY
    assert (features.type, features.location, features.crc) == (9, 1, None)


def test_a_feature_with_checksums_is_held_against_its_own() -> None:
    good = with_crc(bytes.fromhex("001000 19"))

    assert cgm_session.decode_features(good).features is CgmFeature.E2E_CRC
    with pytest.raises(DecodeError, match="checksum"):
        cgm_session.decode_features(good[:-1] + bytes([good[-1] ^ 1]))


@pytest.mark.parametrize(
    ("decode", "value"),
    [
        (cgm_session.decode_start, start(START, 4, 4)),
        (cgm_session.decode_run_time, bytes.fromhex("f000")),
        (cgm_session.decode_status, bytes.fromhex("2c01010840")),
    ],
)
def test_a_wrong_checksum_and_every_cut_are_refused(decode: Callable[[bytes], Any], value: bytes) -> None:
    whole = with_crc(value)

    for length in set(range(len(whole))) - {len(value)}:
        with pytest.raises(DecodeError):
            decode(whole[:length])
    with pytest.raises(DecodeError, match="checksum"):
        decode(whole[:-1] + bytes([whole[-1] ^ 0x80]))


@given(st.binary(max_size=12), st.booleans())
def test_any_bytes_are_read_or_refused_in_words(payload: bytes, checked: bool) -> None:
    payload = with_crc(payload) if checked else payload
    for decode in DECODERS:
        value = None

        with suppress(DecodeError):
            value = decode(payload)

        assert value is None or value.raw == payload
