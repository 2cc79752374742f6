"""Glucose Measurement and its Context."""

from contextlib import suppress
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.profiles import glucose_profile
from companion.devices.profiles.glucose_profile import GlucoseMeasurement
from companion.devices.profiles.wire import DecodeError, Special
from companion.readings.reading import Limit
from firmware_mocks import encode

SEVEN = datetime(2026, 3, 1, 7, 0)
SFLOATS = st.builds(
    lambda mantissa, exponent: Decimal(mantissa).scaleb(exponent), st.integers(-2045, 2045), st.integers(-8, 7)
)


def measurement(**fields: object) -> GlucoseMeasurement:
    """What is decoded of a record with these fields."""
    record = encode.Glucose(**{"sequence": 7, "time": SEVEN, "value": "0.00120"} | fields)  # type: ignore[arg-type]
    return glucose_profile.decode(record.encode())


def test_every_field_of_a_complete_record_is_read() -> None:
    payload = bytes.fromhex(
        "1b"  # offset, concentration, status and a context; kg/L
        "0f01"  # record 271
        "ea07 03 01 07 00 1e"  # 2026-03-01 07:00:30
        "c4ff"  # 60 minutes back
        "78b0"  # 120e-5 kg/L
        "11"  # finger, capillary whole blood
        "0100"  # battery low
    )

    record = glucose_profile.decode(payload)

    assert record == GlucoseMeasurement(
        sequence=271,
        base_time=datetime(2026, 3, 1, 7, 0, 30),
        time_offset_min=-60,
        concentration=Decimal("0.00120"),
        unit="kg/L",
        type=1,
        location=1,
        status=1,
        context_follows=True,
        trailing_bytes=0,
        raw=payload,
    )
    assert record.user_facing_time == datetime(2026, 3, 1, 6, 0, 30)
    assert record.mg_dl == 120


def test_a_record_without_options_has_none_of_them() -> None:
    payload = bytes.fromhex("00 0700 ea07 03 01 07 00 00")

    record = glucose_profile.decode(payload)

    assert record == GlucoseMeasurement(7, SEVEN, 0, None, None, None, None, None, False, 0, payload)
    assert (record.mg_dl, record.mmol_l, record.limit) == (None, None, None)


def test_moles_are_turned_into_mg_dl_without_rounding() -> None:
    record = measurement(value="0.0055", in_mol=True)

    assert (record.unit, record.mmol_l, record.mg_dl) == ("mol/L", Decimal("5.5"), Decimal("99.1001"))


@pytest.mark.parametrize("special", list(Special))
def test_a_special_is_kept_by_name_and_is_no_number(special: Special) -> None:
    record = measurement(value=special.value)

    assert (record.concentration, record.mg_dl, record.mmol_l) == (special, None, None)


@pytest.mark.parametrize(
    ("fields", "limit"),
    [
        ({"status": 1 << 5}, Limit.HIGH),  # some phone libraries have these two the wrong way round
        ({"status": 1 << 6}, Limit.LOW),
        ({"status": 1 << 5 | 1 << 6}, Limit.LOW),  # the one that must not be missed
        ({"status": 0xFF9F}, None),
        ({"value": "POS_INF"}, Limit.HIGH),
        ({"value": "NEG_INF"}, Limit.LOW),
        ({"value": "NAN"}, None),
        ({}, None),
    ],
)
def test_too_high_and_too_low_are_told_apart(fields: dict[str, object], limit: Limit | None) -> None:
    assert measurement(**fields).limit is limit


@pytest.mark.parametrize(
    ("fields", "control"), [({"type": 10}, True), ({"location": 4}, True), ({"type": 9, "location": 15}, False)]
)
def test_control_solution_is_never_a_patients_glucose(fields: dict[str, object], control: bool) -> None:
    assert measurement(**fields).is_control_solution is control


@pytest.mark.parametrize("offset", [0x7FFF, -0x8000])
def test_an_offset_that_overran_leaves_the_time_unknown(offset: int) -> None:
    record = measurement(offset_min=offset)

    assert (record.base_time, record.time_offset_min, record.user_facing_time) == (SEVEN, None, None)


def test_a_clock_never_set_leaves_the_time_unknown() -> None:
    record = measurement(time=None, offset_min=60)

    assert (record.base_time, record.user_facing_time) == (None, None)


def test_a_time_past_the_last_year_is_unknown() -> None:
    record = measurement(time=datetime(9999, 12, 31, 23, 0), offset_min=600)

    assert record.user_facing_time is None


@pytest.mark.parametrize("flag", [0x20, 0x40, 0x80])
def test_a_reserved_flag_means_another_layout(flag: int) -> None:
    payload = encode.Glucose(sequence=7, time=SEVEN).encode()

    with pytest.raises(DecodeError, match="reserved flags"):
        glucose_profile.decode(bytes([payload[0] | flag]) + payload[1:])


def test_every_cut_of_a_record_is_refused() -> None:
    whole = encode.Glucose(7, SEVEN, value="0.00120", offset_min=5, status=0).encode()

    for length in range(len(whole)):
        with pytest.raises(DecodeError):
            glucose_profile.decode(whole[:length])


def test_bytes_after_the_record_are_counted() -> None:
    payload = encode.Glucose(sequence=7, time=SEVEN).encode() + bytes(3)

    assert glucose_profile.decode(payload).trailing_bytes == 3


@given(
    sequence=st.integers(0, 0xFFFF),
    time=st.datetimes(min_value=datetime(1582, 1, 1)),
    value=st.none() | SFLOATS,
    in_mol=st.booleans(),
    kind=st.integers(0, 15),
    location=st.integers(0, 15),
    offset=st.none() | st.integers(-0x7FFF, 0x7FFE),
    status=st.none() | st.integers(0, 0xFFFF),
)
def test_a_record_survives_the_way_through_a_meter(
    sequence: int, time: datetime, value: Decimal | None, in_mol: bool, kind: int, location: int,
    offset: int | None, status: int | None,
) -> None:  # fmt: skip
    record = encode.Glucose(sequence, time, value, in_mol, kind, location, offset, status)

    decoded = glucose_profile.decode(record.encode())

    assert decoded[:-3] == (
        sequence,
        time.replace(microsecond=0),
        offset or 0,
        value,
        None if value is None else "mol/L" if in_mol else "kg/L",
        None if value is None else kind,
        None if value is None else location,
        status,
    )


@given(st.binary(max_size=24))
def test_any_bytes_are_read_or_refused_in_words(payload: bytes) -> None:
    for decode in (glucose_profile.decode, glucose_profile.decode_context):
        record = None

        with suppress(DecodeError):
            record = decode(payload)

        assert record is None or record.raw == payload


def test_every_field_of_a_complete_context_is_read() -> None:
    payload = bytes.fromhex(
        "ff"  # everything, the medication in litres
        "0700"  # of record 7
        "b3"  # extended flags: all reserved, kept
        "03 2de0"  # dinner, 45e-2 kg
        "03"  # fasting
        "12"  # a health care professional tested; minor health issues
        "3c00 32"  # 60 s of exercise at 50 %
        "04 0cd0"  # long-acting insulin, 12e-3 L
        "45f0"  # HbA1c 6.9 %
    )

    context = glucose_profile.decode_context(payload)

    assert context._asdict() == {
        "sequence": 7,
        "extended_flags": 0xB3,
        "carb_id": 3,
        "carb": Decimal("0.45"),
        "meal": 3,
        "tester": 2,
        "health": 1,
        "exercise_s": 60,
        "exercise_pct": 50,
        "medication_id": 4,
        "medication": Decimal("0.012"),
        "medication_unit": "L",
        "hba1c": Decimal("6.9"),
        "trailing_bytes": 0,
        "raw": payload,
    }


def test_exercise_that_overran_is_not_known_and_its_intensity_is() -> None:
    payload = encode.Context(exercise_s=0xFFFF, exercise_pct=80).encode(7)

    context = glucose_profile.decode_context(payload)

    assert (context.exercise_s, context.exercise_pct) == (None, 80)


@given(
    meal=st.none() | st.integers(0, 255),
    carb_id=st.none() | st.integers(0, 255),
    carb=SFLOATS,
    tester=st.none() | st.integers(0, 15),
    medication_id=st.none() | st.integers(0, 255),
    in_litres=st.booleans(),
    hba1c=st.none() | SFLOATS,
    extended=st.none() | st.integers(0, 255),
)
def test_a_context_survives_the_way_through_a_meter(
    meal: int | None, carb_id: int | None, carb: Decimal, tester: int | None, medication_id: int | None,
    in_litres: bool, hba1c: Decimal | None, extended: int | None,
) -> None:  # fmt: skip
    sent = encode.Context(
        meal=meal, carb_id=carb_id, carb_kg=carb, tester=tester, medication_id=medication_id, medication="0.012",
        medication_in_litres=in_litres, hba1c=hba1c, extended=extended,
    )  # fmt: skip

    context = glucose_profile.decode_context(sent.encode(9))

    assert (context.sequence, context.meal, context.carb_id, context.tester) == (9, meal, carb_id, tester)
    assert context.carb == (None if carb_id is None else carb)
    assert context.medication_unit == (None if medication_id is None else "L" if in_litres else "kg")
    assert (context.hba1c, context.extended_flags) == (hba1c, extended)
