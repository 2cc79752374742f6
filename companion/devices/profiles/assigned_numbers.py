"""Numbers that the Bluetooth SIG assigned (Assigned Numbers; GATT specifications of the services)."""

from enum import IntEnum, IntFlag
from functools import lru_cache


def full_uuid(short: str) -> str:
    """The 128-bit form of a 16-bit UUID: "1808" → "00001808-0000-1000-8000-00805f9b34fb"."""
    return f"0000{short}-0000-1000-8000-00805f9b34fb"


@lru_cache(maxsize=256)
def short_uuid(uuid: str) -> str:
    """The 16-bit form where there is one ("…2A18…" → "2a18"), otherwise the UUID in lower case."""
    lower = uuid.lower()
    return lower[4:8] if lower == full_uuid(lower[4:8]) else lower


GLUCOSE_SERVICE = "1808"
BLOOD_PRESSURE_SERVICE = "1810"
CGM_SERVICE = "181f"
CURRENT_TIME_SERVICE = "1805"
DEVICE_INFORMATION_SERVICE = "180a"
BATTERY_SERVICE = "180f"

DATE_TIME = "2a08"
CURRENT_TIME = "2a2b"
GLUCOSE_MEASUREMENT = "2a18"
GLUCOSE_CONTEXT = "2a34"
GLUCOSE_FEATURE = "2a51"
RECORD_ACCESS = "2a52"
BLOOD_PRESSURE_MEASUREMENT = "2a35"
CUFF_PRESSURE = "2a36"
BLOOD_PRESSURE_FEATURE = "2a49"
CGM_MEASUREMENT = "2aa7"
CGM_FEATURE = "2aa8"
CGM_STATUS = "2aa9"
CGM_SESSION_START = "2aaa"
CGM_SESSION_RUN_TIME = "2aab"

MANUFACTURER_NAME = "2a29"
MODEL_NUMBER = "2a24"
SERIAL_NUMBER = "2a25"
FIRMWARE_REVISION = "2a26"
HARDWARE_REVISION = "2a27"
SOFTWARE_REVISION = "2a28"
BATTERY_LEVEL = "2a19"

ISENS_COMMAND = "fff1"
"""Not the SIG's: i-SENS meters take commands here, in their service FFF0."""


class SampleType(IntEnum):
    """Low nibble of the type-and-location byte of a Glucose Measurement."""

    CAPILLARY_WHOLE_BLOOD = 1
    CAPILLARY_PLASMA = 2
    VENOUS_WHOLE_BLOOD = 3
    VENOUS_PLASMA = 4
    ARTERIAL_WHOLE_BLOOD = 5
    ARTERIAL_PLASMA = 6
    UNDETERMINED_WHOLE_BLOOD = 7
    UNDETERMINED_PLASMA = 8
    INTERSTITIAL_FLUID = 9
    CONTROL_SOLUTION = 10


class SampleLocation(IntEnum):
    """High nibble of the type-and-location byte of a Glucose Measurement."""

    FINGER = 1
    ALTERNATE_SITE = 2
    EARLOBE = 3
    CONTROL_SOLUTION = 4
    NOT_AVAILABLE = 15


class GlucoseStatus(IntFlag):
    """Sensor Status Annunciation of a Glucose Measurement.

    Two widely used phone libraries have RESULT_TOO_HIGH and RESULT_TOO_LOW the wrong way round; the
    specification, and two independent dissectors, say bit 5 is too high.
    """

    BATTERY_LOW = 1 << 0
    SENSOR_MALFUNCTION = 1 << 1
    SAMPLE_INSUFFICIENT = 1 << 2
    STRIP_INSERTION = 1 << 3
    STRIP_TYPE = 1 << 4
    RESULT_TOO_HIGH = 1 << 5
    RESULT_TOO_LOW = 1 << 6
    TEMPERATURE_TOO_HIGH = 1 << 7
    TEMPERATURE_TOO_LOW = 1 << 8
    READ_INTERRUPTED = 1 << 9
    GENERAL_FAULT = 1 << 10
    TIME_FAULT = 1 << 11


class ContextMeal(IntEnum):
    """Meal of a Glucose Measurement Context."""

    BEFORE_MEAL = 1
    AFTER_MEAL = 2
    FASTING = 3
    CASUAL = 4
    BEDTIME = 5


class BloodPressureStatus(IntFlag):
    """Measurement Status of a Blood Pressure Measurement. Bits 3 and 4 are one number: the pulse was within
    range (0), too high (1) or too low (2)."""

    BODY_MOVEMENT = 1 << 0
    CUFF_TOO_LOOSE = 1 << 1
    IRREGULAR_PULSE = 1 << 2
    PULSE_TOO_HIGH = 1 << 3
    PULSE_TOO_LOW = 1 << 4
    IMPROPER_POSITION = 1 << 5
