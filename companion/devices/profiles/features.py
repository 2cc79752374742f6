"""What a meter (2A51) or a cuff (2A49) says it can do. Bluetooth SIG, Glucose and Blood Pressure Service."""

from enum import IntFlag
from typing import Generic, NamedTuple, TypeVar

from companion.devices.profiles.wire import DecodeError


class GlucoseFeature(IntFlag):
    """Glucose Feature: what a meter notices or supports."""

    LOW_BATTERY = 1 << 0
    SENSOR_MALFUNCTION = 1 << 1
    SAMPLE_SIZE = 1 << 2
    STRIP_INSERTION = 1 << 3
    STRIP_TYPE = 1 << 4
    RESULT_HIGH_LOW = 1 << 5
    TEMPERATURE_HIGH_LOW = 1 << 6
    READ_INTERRUPTED = 1 << 7
    GENERAL_FAULT = 1 << 8
    TIME_FAULT = 1 << 9
    MULTIPLE_BONDS = 1 << 10


class BloodPressureFeature(IntFlag):
    """Blood Pressure Feature: what a cuff notices or supports."""

    BODY_MOVEMENT = 1 << 0
    CUFF_FIT = 1 << 1
    IRREGULAR_PULSE = 1 << 2
    PULSE_RANGE = 1 << 3
    POSITION = 1 << 4
    MULTIPLE_BONDS = 1 << 5
    E2E_CRC = 1 << 6
    USER_DATA = 1 << 7
    USER_FACING_TIME = 1 << 8


FeatureT = TypeVar("FeatureT", bound=IntFlag)


class Features(NamedTuple, Generic[FeatureT]):
    """The bits that are set. Later versions of a service add bits, so that unknown ones are kept, not refused."""

    features: FeatureT
    trailing_bytes: int
    raw: bytes


def decode_glucose_feature(payload: bytes) -> Features[GlucoseFeature]:
    """Glucose Feature. Raises DecodeError, and nothing else."""
    return Features(GlucoseFeature(_word(payload, "glucose feature")), len(payload) - 2, payload)


def decode_blood_pressure_feature(payload: bytes) -> Features[BloodPressureFeature]:
    """Blood Pressure Feature. Raises DecodeError, and nothing else."""
    return Features(BloodPressureFeature(_word(payload, "blood pressure feature")), len(payload) - 2, payload)


def _word(payload: bytes, name: str) -> int:
    if len(payload) < 2:
        raise DecodeError(f"{len(payload)} bytes instead of 2", where=name)
    return int.from_bytes(payload[:2], "little")
