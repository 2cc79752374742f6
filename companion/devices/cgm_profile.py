"""Continuous Glucose Monitoring Profile: CGM Measurement (2AA7), one record, with or without its checksum.

Bluetooth SIG, CGM Service.
"""

from typing import NamedTuple

from companion.devices.wire import DecodeError, FlaggedLayout, Number, OptionalField, optional_sfloat, sfloat

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


def decode(payload: bytes) -> CgmMeasurement:
    """CGM Measurement. Raises DecodeError, and nothing else: also when the checksum is wrong."""
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
