"""Glucose Profile: Glucose Measurement (2A18) and its Context (2A34). Bluetooth SIG, Glucose Service."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from struct import Struct
from typing import NamedTuple

from companion.devices.profiles.assigned_numbers import GlucoseStatus, SampleLocation, SampleType
from companion.devices.profiles.wire import (
    FIRST_YEAR,
    FlaggedLayout,
    Number,
    OptionalField,
    Special,
    as_number,
    date_time,
    optional_sfloat,
    sfloat,
)
from companion.readings.reading import Limit
from companion.readings.units import MG_DL_PER_MMOL_L

MG_DL_PER_KG_L = Decimal(100_000)
MMOL_L_PER_MOL_L = Decimal(1_000)

UNIT_IS_MOL_L = 0x04
CONTEXT_FOLLOWS = 0x10

CONTROL_TYPE, CONTROL_LOCATION = int(SampleType.CONTROL_SOLUTION), int(SampleLocation.CONTROL_SOLUTION)
TOO_HIGH, TOO_LOW = int(GlucoseStatus.RESULT_TOO_HIGH), int(GlucoseStatus.RESULT_TOO_LOW)
"""Plain numbers: an enumeration's own arithmetic costs more than decoding the record."""

OFFSET_OVERRUN = 0x7FFF
OFFSET_UNDERRUN = -0x8000
"""The clock was set so far away that the offset no longer fits its 16 bits."""

_HEAD = Struct("<xHHBBBBB")
"""Flags (left out), sequence, base time."""
_MEASUREMENT = FlaggedLayout(
    "glucose measurement",
    fixed="BHHBBBBB",
    optional=(
        OptionalField(0x01, "h"),  # time offset
        OptionalField(0x02, "HB"),  # concentration, type and location
        OptionalField(0x08, "H"),  # status
    ),
    reserved=0xE0,
)


class GlucoseMeasurement(NamedTuple):
    """One record of a meter.

    `base_time` is the meter's wall time before its user moved the clock by `time_offset_min` (None when the
    offset does not fit). `concentration` is in `unit`, kg/L or mol/L, which says nothing about the display.
    The fields that the record lacks are None.
    """

    sequence: int
    base_time: datetime | None
    time_offset_min: int | None
    concentration: Number | None
    unit: str | None
    type: int | None
    location: int | None
    status: int | None
    context_follows: bool
    trailing_bytes: int
    raw: bytes

    @property
    def user_facing_time(self) -> datetime | None:
        """The time the meter shows for the record: naive, without a zone; None when it is not known."""
        if self.time_offset_min == 0:
            return self.base_time
        if self.base_time is None or self.time_offset_min is None:
            return None
        try:
            return self.base_time + timedelta(minutes=self.time_offset_min)
        except OverflowError:
            return None

    @property
    def mg_dl(self) -> Decimal | None:
        """Not rounded; None without a number."""
        value = as_number(self.concentration)
        if value is None or self.unit == "kg/L":
            return None if value is None else value * MG_DL_PER_KG_L
        return value * MMOL_L_PER_MOL_L * MG_DL_PER_MMOL_L

    @property
    def mmol_l(self) -> Decimal | None:
        """Not rounded; None without a number."""
        value = as_number(self.concentration)
        if value is None or self.unit == "mol/L":
            return None if value is None else value * MMOL_L_PER_MOL_L
        return value * MG_DL_PER_KG_L / MG_DL_PER_MMOL_L

    @property
    def is_control_solution(self) -> bool:
        """A test of the meter itself: never a patient's glucose."""
        return self.type == CONTROL_TYPE or self.location == CONTROL_LOCATION

    @property
    def limit(self) -> Limit | None:
        """HI or LO when the meter could not measure that far. Should a meter claim both, LO: it is the one
        that must not be missed."""
        status = self.status or 0
        if not status and isinstance(self.concentration, Decimal):
            return None
        if status & TOO_LOW or self.concentration is Special.NEG_INF:
            return Limit.LOW
        if status & TOO_HIGH or self.concentration is Special.POS_INF:
            return Limit.HIGH
        return None


def decode(payload: bytes) -> GlucoseMeasurement:
    """Glucose Measurement. Raises DecodeError, and nothing else."""
    (
        flags, sequence, year, month, day, hour, minute, second,
        offset, concentration, sample, status, trailing_bytes,
    ) = _MEASUREMENT.unpack(payload)  # fmt: skip
    has_sample = concentration is not None
    return GlucoseMeasurement(
        sequence,
        date_time(year, month, day, hour, minute, second),
        _minutes(offset),
        sfloat(concentration) if has_sample else None,
        ("mol/L" if flags & UNIT_IS_MOL_L else "kg/L") if has_sample else None,
        sample & 0x0F if has_sample else None,
        sample >> 4 if has_sample else None,
        status,
        flags & CONTEXT_FOLLOWS != 0,
        trailing_bytes,
        payload,
    )


class Heads(NamedTuple):
    """What differs from record to record, in columns: sequence, base time, and all the rest as one piece of bytes.

    `base_time` is None where the meter does not know it. Records of one meter share few different `rest`s;
    `decode_rest` says what one means.
    """

    sequence: list[int]
    base_time: list[datetime | None]
    rest: list[bytes]


def decode_heads(payloads: Sequence[bytes]) -> Heads:
    """The heads of many Glucose Measurements. Raises DecodeError when one of them is too short or has no such time."""
    for payload in payloads:
        if len(payload) < _HEAD.size:
            _MEASUREMENT.unpack(payload)  # says what is missing
    sequence, *base_time = zip(*map(_HEAD.unpack_from, payloads), strict=True)
    rest = [payload[:1] + payload[_HEAD.size :] for payload in payloads]
    return Heads(list(sequence), _base_times(base_time), rest)


def _base_times(columns: Sequence[Sequence[int]]) -> list[datetime | None]:
    """Years, months, days, hours, minutes and seconds → times. Most meters know the date of every record."""
    years, months, days, *_ = columns
    if min(years) >= FIRST_YEAR and min(months) and min(days):
        with suppress(ValueError):
            return list(map(datetime, *columns))
    return list(map(date_time, *columns))


def decode_rest(rest: bytes) -> GlucoseMeasurement:
    """A record without its head: the measurement with sequence 0 and no base time."""
    return decode(rest[:1] + bytes(_HEAD.size - 1) + rest[1:])


def _minutes(offset: int | None) -> int | None:
    """An absent offset is 0; one that overran is not known."""
    return None if offset in (OFFSET_OVERRUN, OFFSET_UNDERRUN) else offset or 0


MEDICATION_IN_LITRES = 0x20
EXERCISE_OVERRUN = 0xFFFF

_CONTEXT = FlaggedLayout(
    "glucose context",
    fixed="BH",  # flags, sequence
    optional=(
        OptionalField(0x80, "B"),  # extended flags
        OptionalField(0x01, "BH"),  # carbohydrate: kind, amount
        OptionalField(0x02, "B"),  # meal
        OptionalField(0x04, "B"),  # tester and health
        OptionalField(0x08, "HB"),  # exercise: seconds, percent
        OptionalField(0x10, "BH"),  # medication: kind, amount
        OptionalField(0x40, "H"),  # HbA1c
    ),
    reserved=0x00,
)


class GlucoseContext(NamedTuple):
    """What the patient told the meter about the record with the same `sequence`.

    `carb` is in kg, `medication` in `medication_unit` (kg or L), `hba1c` in percent. `exercise_s` is None
    also when it did not fit. The fields that the context lacks are None.
    """

    sequence: int
    extended_flags: int | None
    carb_id: int | None
    carb: Number | None
    meal: int | None
    tester: int | None
    health: int | None
    exercise_s: int | None
    exercise_pct: int | None
    medication_id: int | None
    medication: Number | None
    medication_unit: str | None
    hba1c: Number | None
    trailing_bytes: int
    raw: bytes


def decode_context(payload: bytes) -> GlucoseContext:
    """Glucose Measurement Context. Raises DecodeError, and nothing else."""
    (
        flags, sequence, extended_flags, carb_id, carb, meal, tester_and_health, exercise_s, exercise_pct,
        medication_id, medication, hba1c, trailing_bytes,
    ) = _CONTEXT.unpack(payload)  # fmt: skip
    in_litres = flags & MEDICATION_IN_LITRES
    return GlucoseContext(
        sequence=sequence,
        extended_flags=extended_flags,
        carb_id=carb_id,
        carb=optional_sfloat(carb),
        meal=meal,
        tester=None if tester_and_health is None else tester_and_health & 0x0F,
        health=None if tester_and_health is None else tester_and_health >> 4,
        exercise_s=None if exercise_s == EXERCISE_OVERRUN else exercise_s,
        exercise_pct=exercise_pct,
        medication_id=medication_id,
        medication=optional_sfloat(medication),
        medication_unit=None if medication is None else "L" if in_litres else "kg",
        hba1c=optional_sfloat(hba1c),
        trailing_bytes=trailing_bytes,
        raw=payload,
    )
