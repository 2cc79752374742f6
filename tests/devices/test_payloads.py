"""From raw payloads to readings, with payloads annotated byte by byte."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.profiles.assigned_numbers import (
    BLOOD_PRESSURE_MEASUREMENT,
    CUFF_PRESSURE,
    GLUCOSE_CONTEXT,
    GLUCOSE_MEASUREMENT,
)
from companion.devices.records.device_time import ClockReading
from companion.devices.records.origin import Origin
from companion.devices.records.payloads import Batch, RawPayload, read_payloads
from companion.readings.reading import Kind, Limit, Meal, Metric, Reading

BERLIN = Origin("pa_anna", "de_meter", "in_1", ZoneInfo("Europe/Berlin"))
NEW_YORK = BERLIN._replace(zone=ZoneInfo("America/New_York"))
READ_AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
RIGHT = ClockReading(datetime(2026, 3, 4, 10, 30), READ_AT)  # 10:30 in Berlin

GLUCOSE = bytes.fromhex(
    "02"  # flags: concentration present, in kg/L
    "0700"  # sequence 7
    "ea0703"  # 2026, March
    "04081e00"  # 4th, 08:30:00
    "96b0"  # 150 x 10^-5 kg/L = 150 mg/dL
    "11"  # capillary whole blood, finger
)
GLUCOSE_MMOL = bytes.fromhex(
    "06"  # flags: concentration present, in mol/L
    "0800"  # sequence 8
    "ea0703"  # 2026, March
    "04090000"  # 4th, 09:00:00
    "4ec0"  # 78 x 10^-4 mol/L = 7.8 mmol/L
    "11"
)
CONTEXT_FASTING = bytes.fromhex("02070003")  # meal present; sequence 7; fasting
TOO_HIGH = bytes.fromhex("0a0900ea070304091e00fe07112000")  # +infinity; status bit 5: too high
TOO_LOW = bytes.fromhex("0a0a00ea070304091e000208114000")  # -infinity; status bit 6: too low
CONTROL = bytes.fromhex("020b00ea070304091e0064b04a")  # type 10, location 4: control solution
NO_VALUE = bytes.fromhex("000c00ea070304091e00")  # no concentration at all
NO_TIME = bytes.fromhex("020d000000000000000064b011")  # year 0: the meter does not know
YEAR_9999 = bytes.fromhex("020e000f270c1f173b3b64b011")  # 9999-12-31 23:59:59

PRESSURE = bytes.fromhex(
    "16"  # flags: mmHg, timestamp, pulse, status
    "7800"  # systolic 120
    "5000"  # diastolic 80
    "5d00"  # mean arterial pressure 93
    "ea0703"  # 2026, March
    "04081e00"  # 4th, 08:30:00
    "4800"  # pulse 72
    "0500"  # status: body movement, irregular pulse
)
PRESSURE_KPA = bytes.fromhex("01a0f06af07cf0")  # kPa: 16.0 / 10.6, no timestamp
PRESSURE_FAILED = bytes.fromhex("00ff07ff07ff07")  # NaN three times: the cuff gave up


def glucose(raw: bytes) -> RawPayload:
    return RawPayload(GLUCOSE_MEASUREMENT, raw, READ_AT)


def context(raw: bytes) -> RawPayload:
    return RawPayload(GLUCOSE_CONTEXT, raw, READ_AT)


def pressure(raw: bytes) -> RawPayload:
    return RawPayload(BLOOD_PRESSURE_MEASUREMENT, raw, READ_AT)


def read(*payloads: RawPayload, clock: ClockReading | None = RIGHT, origin: Origin = BERLIN) -> Batch:
    return read_payloads(payloads, origin, clock)


def only(*payloads: RawPayload, clock: ClockReading | None = RIGHT, origin: Origin = BERLIN) -> Reading:
    ((_, reading),) = read(*payloads, clock=clock, origin=origin).incoming
    return reading


def test_a_glucose_record_becomes_a_reading_with_its_bytes_and_both_times() -> None:
    reading = only(glucose(GLUCOSE))

    assert reading == Reading(
        patient="pa_anna",
        metric=Metric.GLUCOSE,
        taken_at=datetime(2026, 3, 4, 7, 30, tzinfo=UTC),
        device="de_meter",
        sequence=7,
        value=Decimal(150),
        unit="mg/dL",
        kind=Kind.METER,
        source="in_1",
        device_time="2026-03-04T08:30:00",
        raw=GLUCOSE,
    )


def test_a_value_in_moles_keeps_its_unit_and_its_digits() -> None:
    reading = only(glucose(GLUCOSE_MMOL))

    assert (str(reading.value), reading.unit) == ("7.8", "mmol/L")


def test_the_context_of_a_record_gives_its_meal_wherever_it_stands() -> None:
    before = only(context(CONTEXT_FASTING), glucose(GLUCOSE))
    after = only(glucose(GLUCOSE), context(CONTEXT_FASTING))

    assert before.meal is after.meal is Meal.FASTING


def test_the_context_of_another_record_gives_no_meal() -> None:
    reading = only(glucose(GLUCOSE_MMOL), context(CONTEXT_FASTING))

    assert reading.meal is None


@pytest.mark.parametrize(("raw", "limit"), [(TOO_HIGH, Limit.HIGH), (TOO_LOW, Limit.LOW)])
def test_out_of_range_is_a_limit_without_a_number(raw: bytes, limit: Limit) -> None:
    reading = only(glucose(raw))

    assert (reading.limit, reading.value) == (limit, None)


@pytest.mark.parametrize(
    ("raw", "reason"), [(CONTROL, "control solution"), (NO_VALUE, "no value"), (NO_TIME, "no time")]
)
def test_what_is_no_glucose_of_a_patient_is_refused_with_its_reason_and_bytes(raw: bytes, reason: str) -> None:
    batch = read(glucose(raw))

    assert len(batch.incoming) == 0
    assert reason in batch.refused[0].reason
    assert batch.refused[0].content == raw.hex()


def test_a_record_at_the_end_of_the_calendar_is_refused_and_stops_no_other() -> None:
    slow = ClockReading(datetime(2020, 1, 1), READ_AT)

    batch = read(glucose(YEAR_9999), glucose(GLUCOSE), clock=slow)

    assert [reading.sequence for _, reading in batch.incoming] == [7]
    assert [item.content for item in batch.refused] == [YEAR_9999.hex()]


def test_a_malformed_record_stops_no_other() -> None:
    batch = read(glucose(GLUCOSE[:-3]), glucose(GLUCOSE_MMOL), context(b"\x02"))

    assert [reading.sequence for _, reading in batch.incoming] == [8]
    assert len(batch.refused) == 2


def test_a_value_nobody_can_have_is_refused() -> None:
    absurd = GLUCOSE[:10] + (0xE000 | 150).to_bytes(2, "little") + b"\x11"  # 150 x 10^-2 kg/L

    batch = read(glucose(absurd))

    assert "is not possible" in batch.refused[0].reason


def test_a_meter_that_marks_a_ketone_gives_a_ketone() -> None:
    as_ketone = bytes.fromhex("02080006")  # meal 6: outside the specification

    reading = only(glucose(GLUCOSE_MMOL), context(as_ketone))

    assert (reading.metric, reading.meal) == (Metric.KETONE, None)


# Cuffs


def test_a_cuff_record_keeps_its_pulse_and_what_disturbed_it() -> None:
    reading = only(pressure(PRESSURE))

    assert (reading.value, reading.diastolic, reading.pulse) == (120, 80, 72)
    assert reading.flags == "movement,irregular_pulse"
    assert reading.taken_at == datetime(2026, 3, 4, 7, 30, tzinfo=UTC)


def test_kilopascals_become_tenths_of_millimetres() -> None:
    reading = only(pressure(PRESSURE_KPA))

    assert (str(reading.value), str(reading.diastolic)) == ("120.0", "79.5")  # x 7.50062
    assert reading.unit == "mm[Hg]"


def test_a_record_without_a_time_that_came_alone_was_taken_when_it_came() -> None:
    reading = only(pressure(PRESSURE_KPA))

    assert (reading.taken_at, reading.device_time, reading.flags) == (READ_AT, "", "receive_stamped")


def test_of_several_records_without_a_time_nobody_knows_when_each_was_taken() -> None:
    batch = read(pressure(PRESSURE_KPA), pressure(PRESSURE))

    assert len(batch.incoming) == 1
    assert "no time" in batch.refused[0].reason


def test_a_failed_measurement_of_a_cuff_is_refused() -> None:
    batch = read(pressure(PRESSURE_FAILED))

    assert len(batch.incoming) == 0
    assert "failed" in batch.refused[0].reason


def test_the_pressure_while_measuring_is_neither_kept_nor_refused() -> None:
    batch = read(RawPayload(CUFF_PRESSURE, PRESSURE_KPA, READ_AT))

    assert (list(batch.incoming), batch.refused) == ([], [])


def test_a_characteristic_without_readings_is_refused() -> None:
    batch = read(RawPayload("2A19", b"\x64", READ_AT))

    assert "carries readings" in batch.refused[0].reason


# The meter's clock


def test_a_small_drift_is_taken_off_and_kept_with_the_reading() -> None:
    fast = ClockReading(datetime(2026, 3, 4, 10, 33), READ_AT)  # 3 minutes ahead

    reading = only(glucose(GLUCOSE), clock=fast)

    assert reading.taken_at == datetime(2026, 3, 4, 7, 27, tzinfo=UTC)
    assert (reading.clock_offset_s, reading.flags) == (-180, "")


def test_a_clock_wrong_by_hours_still_tells_how_long_ago() -> None:
    in_shanghai = ClockReading(datetime(2026, 3, 4, 17, 30), READ_AT)  # 7 hours ahead

    reading = only(glucose(GLUCOSE), clock=in_shanghai)

    assert reading.taken_at == READ_AT - timedelta(hours=9)
    assert (reading.clock_offset_s, reading.flags) == (-7 * 3600, "clock_wrong")


def test_without_its_clock_the_meters_time_is_taken_for_the_patients_wall() -> None:
    reading = only(glucose(GLUCOSE), clock=None)

    assert reading.taken_at == datetime(2026, 3, 4, 7, 30, tzinfo=UTC)
    assert reading.flags == "clock_unknown"


def test_records_from_before_a_clock_change_have_the_offset_of_their_own_day() -> None:
    after_the_change = ClockReading(datetime(2026, 3, 9, 8), datetime(2026, 3, 9, 12, tzinfo=UTC))

    reading = only(glucose(GLUCOSE), clock=after_the_change, origin=NEW_YORK)

    assert reading.taken_at == datetime(2026, 3, 4, 13, 30, tzinfo=UTC)  # 08:30 at UTC-5, though it is UTC-4 now


def test_the_same_record_has_the_same_identity_whatever_the_clock_says() -> None:
    first, again = read(glucose(GLUCOSE)), read(glucose(GLUCOSE), clock=None)

    assert first.incoming.identities == again.incoming.identities


@given(
    payloads=st.lists(
        st.tuples(
            st.sampled_from([GLUCOSE_MEASUREMENT, BLOOD_PRESSURE_MEASUREMENT, "2A19"]),
            st.one_of(
                st.binary(max_size=20),
                st.builds(
                    lambda raw, at, byte: raw[:at] + bytes([byte]) + raw[at + 1 :],
                    st.sampled_from([GLUCOSE, TOO_LOW, PRESSURE, YEAR_9999]),
                    st.integers(0, 18),
                    st.integers(0, 255),
                ),
            ),
        ),
        max_size=5,
    ),
    clock=st.one_of(st.none(), st.datetimes().map(lambda shown: ClockReading(shown, READ_AT))),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Africa/Cairo", "Pacific/Apia"]),
)
def test_whatever_arrives_ends_as_one_reading_or_one_refusal(
    payloads: list[tuple[str, bytes]], clock: ClockReading | None, zone: str
) -> None:
    arrived = [RawPayload(characteristic, raw, READ_AT) for characteristic, raw in payloads]

    batch = read_payloads(arrived, BERLIN._replace(zone=ZoneInfo(zone)), clock)

    assert len(batch.incoming) + len(batch.refused) == len(arrived)
    assert all(reading.taken_at.utcoffset() == timedelta(0) for _, reading in batch.incoming)
