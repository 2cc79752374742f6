"""From a sensor's payloads to readings."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.profiles.assigned_numbers import CGM_FEATURE, CGM_MEASUREMENT, CGM_SESSION_START, CGM_STATUS
from companion.devices.records.device_time import ClockReading
from companion.devices.records.origin import Origin
from companion.devices.records.payloads import Batch, RawPayload, read_payloads
from companion.readings.reading import Kind, Limit, Metric, Reading
from firmware_mocks import encode

BERLIN = Origin("pa_anna", "de_sensor", "in_1", ZoneInfo("Europe/Berlin"))
ARRIVED_AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
START = datetime(2026, 3, 3, 8)
IN_BERLIN = bytes([4, 0])  # an hour ahead of UTC, no daylight saving time
NO_ZONE = bytes([0x80, 0xFF])


def start(local: datetime | None = START, zone: bytes = IN_BERLIN) -> RawPayload:
    return RawPayload(CGM_SESSION_START, encode.date_time(local) + zone, ARRIVED_AT)


def value(minutes: int, glucose: str = "115", **fields: Any) -> bytes:
    return encode.Sensor(glucose, minutes, **fields).encode()


def records(*raws: bytes) -> RawPayload:
    """One notification that holds them."""
    return RawPayload(CGM_MEASUREMENT, b"".join(raws), ARRIVED_AT)


def read(*payloads: RawPayload, clock: ClockReading | None = None) -> Batch:
    return read_payloads(payloads, BERLIN, clock)


def only(batch: Batch) -> Reading:
    ((_, reading),) = batch.incoming
    return reading


def test_a_value_becomes_a_reading_at_its_minute_of_the_session() -> None:
    raw = value(300)

    reading = only(read(start(), records(raw)))

    assert reading == Reading(
        patient="pa_anna",
        metric=Metric.GLUCOSE,
        taken_at=datetime(2026, 3, 3, 12, tzinfo=UTC),
        device="de_sensor",
        sequence=300,
        value=reading.value,
        unit="mg/dL",
        kind=Kind.CGM,
        source="in_1",
        device_time="2026-03-03T13:00:00",
        raw=raw,
    )
    assert str(reading.value) == "115"


def test_one_notification_gives_all_its_records_whatever_one_of_them_is() -> None:
    broken = bytearray(value(305, with_crc=True))
    broken[3] ^= 1

    batch = read(start(), records(value(300), bytes(broken), value(310)))

    assert [reading.sequence for _, reading in batch.incoming] == [300, 310]
    assert ["checksum" in item.reason for item in batch.refused] == [True]
    assert batch.refused[0].content == bytes(broken).hex()


@pytest.mark.parametrize(("fields", "limit"), [({"warning": 1 << 6}, Limit.LOW), ({"warning": 1 << 7}, Limit.HIGH)])
def test_out_of_range_is_a_limit_without_a_number(fields: dict[str, int], limit: Limit) -> None:
    reading = only(read(start(), records(value(300, **fields))))

    assert (reading.limit, reading.value) == (limit, None)


def test_what_the_sensor_doubts_is_kept_with_the_reading() -> None:
    doubtful = value(300, status=1 << 3, cal_temp=1 << 3)

    assert only(read(start(), records(doubtful))).flags == "malfunction,uncalibrated"


@pytest.mark.parametrize(
    ("payloads", "reason"),
    [
        ([start(), records(value(300, "NAN"))], "no value"),
        ([start(), records(value(300, "NRES"))], "no value"),
        ([start(), records(value(300, "2000"))], "not possible"),
        ([records(value(300))], "when its session started"),
        ([start(None), records(value(300))], "when its session started"),
        ([start(), records(value(2000))], "after its own arrival"),
        ([start(), records(b"\x06\x04\x73\x00\x2c\x01")], "reserved flags"),
        ([start(), records(b"")], "only 0 bytes"),
        ([RawPayload(CGM_FEATURE, bytes.fromhex("0000001affff"), ARRIVED_AT), start(), records(value(300))], "control"),
    ],
)
def test_what_is_no_glucose_of_a_patient_is_refused_with_its_reason(payloads: list[RawPayload], reason: str) -> None:
    batch = read(*payloads)

    assert list(batch.incoming) == []
    assert reason in batch.refused[0].reason


@pytest.mark.parametrize("characteristic", [CGM_SESSION_START, CGM_STATUS, CGM_FEATURE])
def test_what_belongs_to_the_records_and_cannot_be_read_is_kept(characteristic: str) -> None:
    batch = read(RawPayload(characteristic, b"\x01", ARRIVED_AT))

    assert [item.content for item in batch.refused] == ["01"]


def test_status_and_features_are_no_readings_of_their_own() -> None:
    status = RawPayload(CGM_STATUS, bytes.fromhex("2c01000000"), ARRIVED_AT)
    features = RawPayload(CGM_FEATURE, bytes.fromhex("00000019ffff"), ARRIVED_AT)

    batch = read(start(), status, features)

    assert (list(batch.incoming), batch.refused) == ([], [])


# The session's time


def test_a_session_that_knows_its_zone_needs_no_other() -> None:
    in_new_york = start(START, bytes([0xEC, 0]))  # -20 quarters of an hour

    assert only(read(in_new_york, records(value(60)))).taken_at == datetime(2026, 3, 3, 14, tzinfo=UTC)


def test_a_session_without_a_zone_hangs_on_the_patients_wall() -> None:
    reading = only(read(start(START, NO_ZONE), records(value(60))))

    assert (reading.taken_at, reading.flags) == (datetime(2026, 3, 3, 8, tzinfo=UTC), "clock_unknown")


def test_a_sensor_whose_clock_was_read_is_dated_by_it() -> None:
    two_hours_ahead = ClockReading(datetime(2026, 3, 4, 12, 30), ARRIVED_AT)

    reading = only(read(start(), records(value(60)), clock=two_hours_ahead))

    assert (reading.taken_at, reading.flags) == (datetime(2026, 3, 3, 6, tzinfo=UTC), "clock_wrong")


def test_the_same_record_has_the_same_identity_whatever_the_clock_says() -> None:
    first = read(start(), records(value(60)))
    again = read(start(), records(value(60)), clock=ClockReading(datetime(2026, 3, 4, 12, 30), ARRIVED_AT))

    assert first.incoming.identities == again.incoming.identities


def test_the_same_minute_of_another_session_is_another_record() -> None:
    first = read(start(), records(value(60)))
    later = read(start(START + timedelta(hours=5)), records(value(60)))

    assert first.incoming.identities != later.incoming.identities


@given(st.lists(st.binary(max_size=24), max_size=4), st.binary(max_size=11))
def test_whatever_a_sensor_sends_is_stored_or_kept_aside(raws: list[bytes], session: bytes) -> None:
    payloads = [RawPayload(CGM_SESSION_START, session, ARRIVED_AT), *(records(raw) for raw in raws)]

    batch = read(*payloads)

    kept = [reading.raw for _, reading in batch.incoming] + [bytes.fromhex(item.content) for item in batch.refused]
    assert sorted(b"".join(kept) + session) == sorted(b"".join(raws) + session) or session in kept
