"""Glucose Measurements with their contexts → glucose and ketone readings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from companion.devices.assigned_numbers import ContextMeal
from companion.devices.device_time import Dates, NotAReading
from companion.devices.glucose_profile import GlucoseMeasurement, decode_heads, decode_rest
from companion.devices.origin import Origin
from companion.devices.wire import as_number
from companion.readings.batch import Incoming, ReadingBatch
from companion.readings.identity import Identities
from companion.readings.plausible import why_impossible
from companion.readings.reading import Kind, Limit, Meal, Metric
from companion.readings.units import GlucoseUnit

KETONE_MEAL = 6
"""Outside the specification's 1-5: CareSens meters mark a ketone record so, and send a tenth of a mmol/L as one
mg/dL (xDrip's ContextRxTest)."""

MEALS: dict[int, Meal] = {
    ContextMeal.BEFORE_MEAL: Meal.BEFORE_MEAL,
    ContextMeal.AFTER_MEAL: Meal.AFTER_MEAL,
    ContextMeal.FASTING: Meal.FASTING,
    ContextMeal.CASUAL: Meal.CASUAL,
    ContextMeal.BEDTIME: Meal.BEDTIME,
}


@dataclass(frozen=True, slots=True)
class GlucoseRecords:
    """Records that can be read and are readings, in columns. `device_time` is the time that the meter shows for it."""

    sequence: list[int]
    device_time: list[datetime]
    told: list["Told"]
    raw: list[bytes]

    @classmethod
    def joined(cls, parts: Sequence["GlucoseRecords"]) -> "GlucoseRecords":
        """One part after the other."""
        if len(parts) == 1:
            return parts[0]
        columns = [(part.sequence, part.device_time, part.told, part.raw) for part in parts]
        return (
            cls(*([value for column in of_parts for value in column] for of_parts in zip(*columns, strict=True)))
            if parts
            else cls([], [], [], [])
        )


def decode_records(raws: Sequence[bytes], meals: Mapping[int, int | None]) -> GlucoseRecords:
    """`meals` is what the contexts say, by sequence. Raises DecodeError when one record cannot be read or is none."""
    heads = decode_heads(raws)
    told = list(map(_told, heads.rest, map(meals.get, heads.sequence)))
    times = [_shown(base, record.offset) for base, record in zip(heads.base_time, told, strict=True)]
    return GlucoseRecords(heads.sequence, times, told, list(raws))


def glucose_readings(records: GlucoseRecords, dates: Dates, origin: Origin) -> Incoming:
    """One reading for each record, dated as told."""
    count = len(records.raw)
    metric, value, unit, limit, meal, _ = zip(*records.told, strict=True)
    readings = ReadingBatch(
        patient=[origin.patient] * count,
        metric=metric,
        taken_at_ms=dates.taken_at_ms,
        device=[origin.device] * count,
        sequence=records.sequence,
        value=value,
        unit=unit,
        kind=[Kind.METER] * count,
        source=[origin.source] * count,
        diastolic=[None] * count,
        pulse=[None] * count,
        limit=limit,
        meal=meal,
        device_time=[time.isoformat() for time in records.device_time],
        clock_offset_s=dates.clock_offset_s,
        flags=dates.flags,
        raw=records.raw,
    )
    return Incoming(Identities(origin.device.encode()).of_all(records.device_time, records.raw), readings)


class Told(NamedTuple):
    """What a record says apart from its sequence and time. `offset` is None when it does not fit its field."""

    metric: Metric
    value: Decimal | None
    unit: str
    limit: Limit | None
    meal: Meal | None
    offset: timedelta | None


@lru_cache(maxsize=4096)
def _told(rest: bytes, meal: int | None) -> Told:
    """What that means. Found out once for each different record: a meter's memory repeats a few hundred of them."""
    record = decode_rest(rest)
    if record.is_control_solution:
        raise NotAReading("a test with control solution, not a patient's glucose", where="glucose measurement")
    metric, value, unit = _value(record, is_ketone=meal == KETONE_MEAL)
    if record.limit is None:
        _refuse_impossible(metric, value, unit)
    return Told(
        metric,
        None if record.limit else value,
        unit,
        record.limit,
        None if meal is None else MEALS.get(meal),
        None if record.time_offset_min is None else timedelta(minutes=record.time_offset_min),
    )


def _value(record: GlucoseMeasurement, *, is_ketone: bool) -> tuple[Metric, Decimal | None, str]:
    """Metric, value and unit as the meter means them.

    Only the exponent moves, so that the digits stay as sent: 1 kg/L = 100,000 mg/dL; 1 mol/L = 1,000 mmol/L.
    """
    metric = Metric.KETONE if is_ketone else Metric.GLUCOSE
    unit = GlucoseUnit.MMOL_L if record.unit == "mol/L" else GlucoseUnit.MG_DL
    value = as_number(record.concentration)
    if value is not None:
        value = value.scaleb(3 if unit is GlucoseUnit.MMOL_L else 5)
    if value is not None and is_ketone and unit is GlucoseUnit.MG_DL:
        value, unit = value.scaleb(-1), GlucoseUnit.MMOL_L
    return metric, value, unit.value


def _refuse_impossible(metric: Metric, value: Decimal | None, unit: str) -> None:
    if value is None:
        raise NotAReading("no value: the meter says that it measured none", where="glucose measurement")
    if why_not := why_impossible(metric, value, unit):
        raise NotAReading(why_not, where="glucose measurement")


def _shown(base: datetime | None, offset: timedelta | None) -> datetime:
    """The time the meter shows for the record (naive)."""
    if base is None or offset is None:
        raise NotAReading("no time: the meter does not know when", where="glucose measurement")
    try:
        return base + offset if offset else base
    except OverflowError:
        raise NotAReading("a time outside the calendar", where="glucose measurement") from None
