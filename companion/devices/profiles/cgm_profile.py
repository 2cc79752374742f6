"""Continuous Glucose Monitoring Profile: CGM Measurement (2AA7), with or without its checksum.

Bluetooth SIG, CGM Service.
"""

from enum import IntFlag
from typing import NamedTuple

from companion.devices.profiles.wire import (
    DecodeError,
    FlaggedLayout,
    Number,
    OptionalField,
    Special,
    optional_sfloat,
    sfloat,
)
from companion.readings.reading import Limit

CRC_BYTES = 2
CRC_START = 0xFFFF
CRC_POLYNOMIAL = 0x8408
"""0x1021, its bits reversed: the checksum runs through each byte from the lowest bit."""

_NAME = "CGM measurement"
_MEASUREMENT = FlaggedLayout(
    _NAME,
    fixed="BBHH",  # size, flags, glucose, minutes since the session started
    optional=(
        OptionalField(0x80, "B"),  # status
        OptionalField(0x40, "B"),  # calibration and temperature
        OptionalField(0x20, "B"),  # warning
        OptionalField(0x01, "H"),  # trend
        OptionalField(0x02, "H"),  # quality
    ),
    reserved=0x1C,
    flags_at=1,
)


class StatusOctet(IntFlag):
    """First octet of the annunciation."""

    SESSION_STOPPED = 1 << 0
    BATTERY_LOW = 1 << 1
    SENSOR_TYPE = 1 << 2
    SENSOR_MALFUNCTION = 1 << 3
    DEVICE_ALERT = 1 << 4
    GENERAL_FAULT = 1 << 5


class CalTempOctet(IntFlag):
    """Second octet of the annunciation: calibration and temperature."""

    TIME_SYNC_REQUIRED = 1 << 0
    CALIBRATION_NOT_ALLOWED = 1 << 1
    CALIBRATION_RECOMMENDED = 1 << 2
    CALIBRATION_REQUIRED = 1 << 3
    TEMPERATURE_TOO_HIGH = 1 << 4
    TEMPERATURE_TOO_LOW = 1 << 5


class WarningOctet(IntFlag):
    """Third octet of the annunciation. The first six are limits that somebody set in the sensor."""

    BELOW_PATIENT_LOW = 1 << 0
    ABOVE_PATIENT_HIGH = 1 << 1
    BELOW_HYPO = 1 << 2
    ABOVE_HYPER = 1 << 3
    FALLS_FAST = 1 << 4
    RISES_FAST = 1 << 5
    RESULT_TOO_LOW = 1 << 6
    RESULT_TOO_HIGH = 1 << 7


class CgmMeasurement(NamedTuple):
    """One value of a sensor, `glucose` in mg/dL, `trend` in mg/dL a minute, `quality` in percent.

    `time_offset_min` counts from the start of the sensor's session. `status`, `cal_temp` and `warning` are
    the three octets of the annunciation. The fields that the record lacks are None.
    """

    size: int
    flags: int
    glucose: Number
    time_offset_min: int
    status: int | None
    cal_temp: int | None
    warning: int | None
    trend: Number | None
    quality: Number | None
    crc: int | None
    raw: bytes

    @property
    def limit(self) -> Limit | None:
        """HI or LO when the sensor could not measure that far; LO should it claim both."""
        warning = self.warning or 0
        if warning & WarningOctet.RESULT_TOO_LOW or self.glucose is Special.NEG_INF:
            return Limit.LOW
        if warning & WarningOctet.RESULT_TOO_HIGH or self.glucose is Special.POS_INF:
            return Limit.HIGH
        return None


def split_records(payload: bytes) -> list[bytes]:
    """The records of one notification, which may hold several: each says its own size first. What is left over,
    or says a size that it does not have, is the last of them, and cannot be decoded."""
    records = []
    while payload and 0 < payload[0] <= len(payload):
        records.append(payload[: payload[0]])
        payload = payload[payload[0] :]
    return [*records, payload] if payload or not records else records


def decode(payload: bytes) -> CgmMeasurement:
    """One CGM Measurement record. Raises DecodeError, and nothing else: also when the checksum is wrong."""
    (
        size, flags, glucose, time_offset_min, status, cal_temp, warning, trend, quality, left_over,
    ) = _MEASUREMENT.unpack(payload)  # fmt: skip
    if size != len(payload):
        raise DecodeError(f"says it has {size} bytes, and has {len(payload)}", where=_NAME)
    return CgmMeasurement(
        size=size,
        flags=flags,
        glucose=sfloat(glucose),
        time_offset_min=time_offset_min,
        status=status,
        cal_temp=cal_temp,
        warning=warning,
        trend=optional_sfloat(trend),
        quality=optional_sfloat(quality),
        crc=_checked_crc(payload, left_over),
        raw=payload,
    )


def _checked_crc(payload: bytes, left_over: int) -> int | None:
    """The record does not say whether it has a checksum: two bytes after the last field are one."""
    if left_over == 0:
        return None
    if left_over != CRC_BYTES:
        raise DecodeError(f"{left_over} bytes are left over after the last field", where=_NAME)
    sent, computed = int.from_bytes(payload[-CRC_BYTES:], "little"), crc16(payload[:-CRC_BYTES])
    if sent != computed:
        raise DecodeError(
            f"checksum 0x{sent:04x} instead of 0x{computed:04x}",
            where=_NAME,
            advice="read the record from the device again",
        )
    return sent


def crc16(octets: bytes) -> int:
    """The E2E-CRC of the profile: CRC-CCITT, start FFFF, bits reversed."""
    crc = CRC_START
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (CRC_POLYNOMIAL if crc & 1 else 0)
    return crc
