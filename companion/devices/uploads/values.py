"""The texts of one record → numbers in a unit, or the reason why they cannot be a measurement."""

from dataclasses import dataclass
from decimal import Decimal

from companion.devices.uploads.cells import is_empty, limit_in, number_in
from companion.devices.uploads.format import Record
from companion.errors import BadInput
from companion.readings.plausible import (
    DIASTOLIC_MMHG,
    HIGHEST_GLUCOSE_MG_DL,
    HIGHEST_KETONE_MMOL_L,
    PULSE_PER_MINUTE,
    SYSTOLIC_MMHG,
)
from companion.readings.reading import Limit, Metric
from companion.readings.units import PRESSURE_UNIT, GlucoseUnit, as_mg_dl, kpa_as_mmhg


@dataclass(frozen=True, slots=True)
class Measured:
    """`unit` is UCUM, or None when nobody has said it yet. `value` is None exactly when `limit` is set."""

    value: Decimal | None
    unit: str | None
    limit: Limit | None = None
    diastolic: Decimal | None = None
    pulse: Decimal | None = None
    flags: tuple[str, ...] = ()


def measure(record: Record, chosen_unit: str | None) -> Measured:
    """What the record says, `chosen_unit` filling in for a file that names no glucose unit. Raises BadInput."""
    if record.metric is Metric.BLOOD_PRESSURE:
        return _pressure(record)
    if record.metric is Metric.KETONE:
        return _ketone(record)
    return _glucose(record, record.unit or chosen_unit)


def _glucose(record: Record, unit: str | None) -> Measured:
    limit = limit_in(record.value)
    if limit:
        return Measured(None, unit, limit)
    value = _number(record.value, "glucose")
    if value <= 0 or as_mg_dl(value, GlucoseUnit(unit or GlucoseUnit.MG_DL)) > HIGHEST_GLUCOSE_MG_DL:
        raise BadInput(f"glucose {record.value} {unit or ''}".rstrip() + " is not possible")
    return Measured(value, unit)


def _ketone(record: Record) -> Measured:
    limit = limit_in(record.value)
    if limit:
        return Measured(None, record.unit, limit)
    value = _number(record.value, "ketone")
    if not 0 <= value <= HIGHEST_KETONE_MMOL_L:
        raise BadInput(f"ketone {record.value} mmol/L is not possible")
    return Measured(value, record.unit)


def _pressure(record: Record) -> Measured:
    systolic = _in_mmhg(_number(record.value, "systolic"), record.unit)
    diastolic = _in_mmhg(_number(record.diastolic, "diastolic"), record.unit)
    if not _within(systolic, SYSTOLIC_MMHG) or not _within(diastolic, DIASTOLIC_MMHG):
        raise BadInput(f"blood pressure {record.value}/{record.diastolic} is not possible")
    if diastolic >= systolic:
        raise BadInput(f"diastolic {record.diastolic} is not below systolic {record.value}")
    pulse = number_in(record.pulse)
    if pulse is not None and _within(pulse, PULSE_PER_MINUTE):
        return Measured(systolic, PRESSURE_UNIT, None, diastolic, pulse)
    flags = () if is_empty(record.pulse) else ("pulse_unread",)
    return Measured(systolic, PRESSURE_UNIT, None, diastolic, None, flags)


def _number(text: str, name: str) -> Decimal:
    if is_empty(text):
        raise BadInput(f"no {name} value")
    value = number_in(text)
    if value is None:
        raise BadInput(f"{name} {text[:40]!r} is not a number")
    return value


def _in_mmhg(value: Decimal, unit: str | None) -> Decimal:
    return kpa_as_mmhg(value) if unit == "kPa" else value


def _within(value: Decimal, limits: tuple[Decimal, Decimal]) -> bool:
    return limits[0] <= value <= limits[1]
