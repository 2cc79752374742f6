"""A reading as it is stored: what, when, from which device, in the unit it was measured in."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from companion.readings.units import GlucoseUnit, as_mg_dl

CENSORED_LOW_MG_DL = Decimal(20)
CENSORED_HIGH_MG_DL = Decimal(600)
"""What `LO` and `HI` count as in events, never in means (protocols.yaml, measurement.fasting_glucose.reject)."""


class Metric(StrEnum):
    GLUCOSE = "glucose"
    BLOOD_PRESSURE = "blood_pressure"
    KETONE = "ketone"


class Kind(StrEnum):
    """How the value came to be. Only METER, STRIP and TYPED are finger-stick values."""

    METER = "meter"
    STRIP = "strip"
    SCAN = "scan"
    HISTORIC = "historic"
    CGM = "cgm"
    CUFF = "cuff"
    TYPED = "typed"


class Meal(StrEnum):
    FASTING = "fasting"
    BEFORE_MEAL = "before_meal"
    AFTER_MEAL = "after_meal"
    BEDTIME = "bedtime"
    CASUAL = "casual"


class Limit(StrEnum):
    """The device could not measure so low or so high: an out-of-range reading, not a number."""

    LOW = "LO"
    HIGH = "HI"


class Reading(NamedTuple):
    """One measured value. Immutable; corrections are amendments laid over it.

    The key is (patient, metric, taken_at, device, sequence). `value` is the glucose, the ketone or the
    systolic pressure; None exactly when `limit` is set. `unit` is UCUM ("mg/dL", "mmol/L", "mm[Hg]").
    `taken_at` is aware UTC, decided once; `device_time` is what the device itself said (local, no zone) and
    `clock_offset_s` what was added to it. `source` names the download, upload or person it came by;
    `raw` is the payload or the cell it was read from. `meal_inferred` marks a meal nobody stated.
    """

    patient: str
    metric: Metric
    taken_at: datetime
    device: str
    sequence: int
    value: Decimal | None
    unit: str
    kind: Kind
    source: str
    diastolic: Decimal | None = None
    pulse: Decimal | None = None
    limit: Limit | None = None
    meal: Meal | None = None
    device_time: str = ""
    clock_offset_s: int = 0
    flags: str = ""
    raw: bytes = b""


def glucose_mg_dl(reading: Reading) -> Decimal | None:
    """The glucose in mg/dL, not rounded; None when the device said HI or LO."""
    return None if reading.value is None else as_mg_dl(reading.value, GlucoseUnit(reading.unit))


def glucose_for_events(reading: Reading) -> Decimal:
    """The glucose in mg/dL, with LO as 20 and HI as 600: for events, never for means."""
    if reading.limit is not None:
        return CENSORED_LOW_MG_DL if reading.limit is Limit.LOW else CENSORED_HIGH_MG_DL
    value = glucose_mg_dl(reading)
    assert value is not None, "a reading without a limit has a value"
    return value
