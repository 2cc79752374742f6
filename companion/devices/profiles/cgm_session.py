"""A sensor's session: when it started (2AAA), how long it can run (2AAB), how it is now (2AA9), what it can do (2AA8).

Bluetooth SIG, CGM Service. The values of a sensor that supports checksums end in one.
"""

from datetime import UTC, datetime, timedelta
from enum import IntFlag
from struct import Struct
from typing import Any, NamedTuple

from companion.devices.profiles.cgm_profile import CRC_BYTES, crc16
from companion.devices.profiles.wire import DecodeError, date_time

QUARTER_HOUR_MIN = 15
UTC_OFFSETS = range(-48, 57)
"""Time Zone (2A0E) in quarters of an hour; -128 is a zone nobody told."""
DAYLIGHT_SAVING_MIN = {0: 0, 2: 30, 4: 60, 8: 120}
"""DST Offset (2A0D); 255 is not known."""


class CgmFeature(IntFlag):
    """CGM Feature: what a sensor notices or supports."""

    CALIBRATION = 1 << 0
    PATIENT_ALERTS = 1 << 1
    HYPO_ALERTS = 1 << 2
    HYPER_ALERTS = 1 << 3
    RATE_ALERTS = 1 << 4
    DEVICE_ALERT = 1 << 5
    SENSOR_MALFUNCTION = 1 << 6
    TEMPERATURE_HIGH_LOW = 1 << 7
    RESULT_HIGH_LOW = 1 << 8
    LOW_BATTERY = 1 << 9
    SENSOR_TYPE = 1 << 10
    GENERAL_FAULT = 1 << 11
    E2E_CRC = 1 << 12
    MULTIPLE_BONDS = 1 << 13
    MULTIPLE_SESSIONS = 1 << 14
    TREND = 1 << 15
    QUALITY = 1 << 16


class SessionStart(NamedTuple):
    """`local` is the wall time at which the session started, None when the sensor does not know it;
    `utc_offset_min` how far that wall was ahead of UTC, None when nobody told the sensor."""

    parts: tuple[int, ...]
    local: datetime | None
    utc_offset_min: int | None
    crc: int | None
    raw: bytes

    @property
    def started_at(self) -> datetime | None:
        """The instant, in UTC; None unless the sensor knows both its wall time and its zone."""
        if self.local is None or self.utc_offset_min is None:
            return None
        try:
            return (self.local - timedelta(minutes=self.utc_offset_min)).replace(tzinfo=UTC)
        except OverflowError:
            return None


_START = Struct("<HBBBBBbB")  # date and time, zone, daylight saving


def decode_start(payload: bytes) -> SessionStart:
    """CGM Session Start Time. Raises DecodeError, and nothing else."""
    (*parts, zone, daylight_saving), crc = _checked(_START, payload, "CGM session start")
    saving_min = DAYLIGHT_SAVING_MIN.get(daylight_saving)
    known = zone in UTC_OFFSETS and saving_min is not None
    return SessionStart(
        parts=tuple(parts),
        local=date_time(*parts),
        utc_offset_min=zone * QUARTER_HOUR_MIN + (saving_min or 0) if known else None,
        crc=crc,
        raw=payload,
    )


class RunTime(NamedTuple):
    """How many hours the sensor is expected to run."""

    hours: int
    crc: int | None
    raw: bytes


def decode_run_time(payload: bytes) -> RunTime:
    """CGM Session Run Time. Raises DecodeError, and nothing else."""
    (hours,), crc = _checked(Struct("<H"), payload, "CGM session run time")
    return RunTime(hours, crc, payload)


class CgmStatus(NamedTuple):
    """The sensor now, `time_offset_min` after its session started. The three octets are those of a measurement's
    annunciation."""

    time_offset_min: int
    status: int
    cal_temp: int
    warning: int
    crc: int | None
    raw: bytes


def decode_status(payload: bytes) -> CgmStatus:
    """CGM Status. Raises DecodeError, and nothing else."""
    (time_offset_min, status, cal_temp, warning), crc = _checked(Struct("<HBBB"), payload, "CGM status")
    return CgmStatus(time_offset_min, status, cal_temp, warning, crc, payload)


class CgmFeatures(NamedTuple):
    """What the sensor can do, what it samples and where (as in a glucose measurement)."""

    features: CgmFeature
    type: int
    location: int
    crc: int | None
    raw: bytes


_FEATURES = Struct("<HBB")  # the features' 24 bits, type and location


def decode_features(payload: bytes) -> CgmFeatures:
    """CGM Feature. Raises DecodeError, and nothing else."""
    name = "CGM feature"
    if len(payload) != _FEATURES.size + CRC_BYTES:
        raise DecodeError(f"{len(payload)} bytes instead of {_FEATURES.size + CRC_BYTES}", where=name)
    low, high, sample = _FEATURES.unpack_from(payload)
    features = CgmFeature(low | high << 16)
    has_crc = bool(features & CgmFeature.E2E_CRC)
    # A sensor without checksums has FFFF in that place, or anything: the service leaves it open.
    crc = _checked(_FEATURES, payload, name)[1] if has_crc else None
    return CgmFeatures(features, sample & 0x0F, sample >> 4, crc, payload)


def _checked(layout: Struct, payload: bytes, name: str) -> tuple[tuple[Any, ...], int | None]:
    """The values, and the checksum when there is one. A wrong checksum is refused."""
    if len(payload) not in (layout.size, layout.size + CRC_BYTES):
        raise DecodeError(f"{len(payload)} bytes instead of {layout.size}, with or without a checksum", where=name)
    if len(payload) == layout.size:
        return layout.unpack(payload), None
    sent, computed = int.from_bytes(payload[layout.size :], "little"), crc16(payload[: layout.size])
    if sent != computed:
        raise DecodeError(
            f"checksum 0x{sent:04x} instead of 0x{computed:04x}", where=name, advice="read it from the sensor again"
        )
    return layout.unpack_from(payload), sent
