"""Blood Pressure Profile: Measurement (2A35) and Intermediate Cuff Pressure (2A36), which share one layout.

Bluetooth SIG, Blood Pressure Service.
"""

from datetime import datetime
from typing import NamedTuple

from companion.devices.profiles.wire import FlaggedLayout, Number, OptionalField, date_time, optional_sfloat, sfloat

UNIT_IS_KPA = 0x01
UNKNOWN_USER = 255

_OPTIONAL = (
    OptionalField(0x02, "HBBBBB"),  # timestamp
    OptionalField(0x04, "H"),  # pulse
    OptionalField(0x08, "B"),  # user
    OptionalField(0x10, "H"),  # status
)
_FIXED = "BHHH"  # flags, systolic, diastolic, mean arterial pressure
_RESERVED = 0xE0
_MEASUREMENT = FlaggedLayout("blood pressure", fixed=_FIXED, optional=_OPTIONAL, reserved=_RESERVED)
_CUFF_PRESSURE = FlaggedLayout("cuff pressure", fixed=_FIXED, optional=_OPTIONAL, reserved=_RESERVED)


class BloodPressureMeasurement(NamedTuple):
    """One record of a cuff, pressures in `unit` (mmHg or kPa).

    A cuff whose measurement failed sends NAN. `timestamp` is the cuff's wall time (naive), None when absent
    or not known; `timestamp_parts` are its six numbers as sent. The fields that the record lacks are None,
    and so is a user whom the cuff does not know.
    """

    systolic: Number
    diastolic: Number
    map: Number
    unit: str
    timestamp: datetime | None
    timestamp_parts: tuple[int, ...] | None
    pulse: Number | None
    user_id: int | None
    status: int | None
    trailing_bytes: int
    raw: bytes


def decode(payload: bytes) -> BloodPressureMeasurement:
    """Blood Pressure Measurement. Raises DecodeError, and nothing else."""
    return _record(_MEASUREMENT, payload)


def _record(layout: FlaggedLayout, payload: bytes) -> BloodPressureMeasurement:
    (
        flags, systolic, diastolic, mean, year, month, day, hour, minute, second,
        pulse, user_id, status, trailing_bytes,
    ) = layout.unpack(payload)  # fmt: skip
    parts = None if year is None else (year, month, day, hour, minute, second)
    return BloodPressureMeasurement(
        sfloat(systolic),
        sfloat(diastolic),
        sfloat(mean),
        "kPa" if flags & UNIT_IS_KPA else "mmHg",
        date_time(*parts) if parts else None,
        parts,
        optional_sfloat(pulse),
        None if user_id == UNKNOWN_USER else user_id,
        status,
        trailing_bytes,
        payload,
    )


class CuffPressure(NamedTuple):
    """The pressure in the cuff while it measures: shown, never stored as a blood pressure."""

    cuff: Number
    unit: str
    timestamp: datetime | None
    timestamp_parts: tuple[int, ...] | None
    pulse: Number | None
    user_id: int | None
    status: int | None
    trailing_bytes: int
    raw: bytes


def decode_cuff_pressure(payload: bytes) -> CuffPressure:
    """Intermediate Cuff Pressure: the second and third pressure of the layout are unused.

    Raises DecodeError, and nothing else.
    """
    record = _record(_CUFF_PRESSURE, payload)
    return CuffPressure(
        cuff=record.systolic,
        unit=record.unit,
        timestamp=record.timestamp,
        timestamp_parts=record.timestamp_parts,
        pulse=record.pulse,
        user_id=record.user_id,
        status=record.status,
        trailing_bytes=record.trailing_bytes,
        raw=payload,
    )
