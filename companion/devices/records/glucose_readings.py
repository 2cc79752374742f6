"""Glucose Measurements with their contexts → glucose and ketone readings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

from companion.devices.profiles.assigned_numbers import ContextMeal, GlucoseStatus
from companion.devices.profiles.glucose_profile import GlucoseContext, GlucoseMeasurement, decode_heads, decode_rest
from companion.devices.profiles.wire import as_number
from companion.devices.quirks import Quirks
from companion.devices.records.device_time import UNMOVED, Dates, NotAReading, Stamps
from companion.devices.records.origin import Origin
from companion.readings.batch import Incoming, ReadingBatch
from companion.readings.identity import Identities, sequence_from
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
TIME_FAULT = int(GlucoseStatus.TIME_FAULT)
NUMBER = slice(1, 3)
"""Where a record carries its sequence number."""
_WHERE = "glucose measurement"


class Mark(Enum):
    """What a context can tell of its record besides a meal."""

    KETONE = "ketone"
    AWAITED = "awaited"
    """It did not come, and without it nobody can tell what the record is."""


Note = Meal | Mark | None


class Notes(NamedTuple):
    """What the contexts say, by the number of their record; `otherwise` of records whose context did not come."""

    by_number: Mapping[int, Note]
    otherwise: Note


def notes_of(contexts: Iterable[GlucoseContext], quirks: Quirks) -> Notes:
    """What the contexts of that device say of their records."""

    def note(meal: int | None) -> Note:
        if meal == KETONE_MEAL and quirks.ketone_meal:
            return Mark.KETONE
        return None if meal is None else MEALS.get(meal)

    by_number = {context.sequence: note(context.meal) for context in contexts}
    return Notes(by_number, Mark.AWAITED if quirks.needs_context else None)


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
        return cls(
            [number for part in parts for number in part.sequence],
            [time for part in parts for time in part.device_time],
            [told for part in parts for told in part.told],
            [raw for part in parts for raw in part.raw],
        )

    def stamps(self, quirks: Quirks) -> Stamps:
        """Their times, as far as dating them goes."""
        return Stamps(
            self.device_time, [told.moved for told in self.told], self.sequence if quirks.has_lasting_sequence else None
        )


def decode_records(raws: Sequence[bytes], notes: Notes) -> GlucoseRecords:
    """Raises DecodeError when one record cannot be read, or is no reading."""
    heads = decode_heads(raws)
    noted = map(notes.by_number.get, heads.sequence, repeat(notes.otherwise))
    told = list(map(_told, heads.rest, noted))
    times = [_shown(base, record.moved) for base, record in zip(heads.base_time, told, strict=True)]
    return GlucoseRecords(heads.sequence, times, told, list(raws))


def glucose_readings(records: GlucoseRecords, dates: Dates, origin: Origin) -> Incoming:
    """One reading for each record, dated as told."""
    count = len(records.raw)
    metric, value, unit, limit, meal, _, time_faults = zip(*records.told, strict=True)
    identities, numbers = _known_by(records, origin)
    readings = ReadingBatch(
        patient=[origin.patient] * count,
        metric=metric,
        taken_at_ms=dates.taken_at_ms,
        device=[origin.device] * count,
        sequence=numbers,
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
        flags=_flags(dates.flags, time_faults),
        raw=records.raw,
    )
    return Incoming(identities, readings)


def _known_by(records: GlucoseRecords, origin: Origin) -> tuple[list[bytes], list[int]]:
    """Identities and numbers. A number that moves with every newer record is no part of either."""
    identities = Identities(origin.device.encode())
    if origin.quirks.has_lasting_sequence:
        return identities.of_all(records.device_time, records.raw), records.sequence
    unnumbered = [raw[: NUMBER.start] + raw[NUMBER.stop :] for raw in records.raw]
    known_by = identities.of_all(records.device_time, unnumbered)
    return known_by, list(map(sequence_from, known_by))


def _flags(cases: Sequence[str], time_faults: Sequence[bool]) -> Sequence[str]:
    """Why the instants are what they are, and where the meter itself doubts its time."""
    if not any(time_faults):
        return cases
    doubts = ["time_fault" if fault else "" for fault in time_faults]
    return [",".join(filter(None, both)) for both in zip(cases, doubts, strict=True)]


class Told(NamedTuple):
    """What a record says apart from its sequence and base time. `moved` is how far the clock was moved from that."""

    metric: Metric
    value: Decimal | None
    unit: str
    limit: Limit | None
    meal: Meal | None
    moved: timedelta
    time_fault: bool


@lru_cache(maxsize=4096)
def _told(rest: bytes, note: Note) -> Told:
    """What that means. Found out once for each different record: a meter's memory repeats a few hundred of them."""
    record = decode_rest(rest)
    if record.is_control_solution:
        raise NotAReading("a test with control solution, not a patient's glucose", where=_WHERE)
    if note is Mark.AWAITED and record.context_follows:
        raise NotAReading("the context that tells a glucose from a ketone did not come", where=_WHERE)
    if record.time_offset_min is None:
        raise NotAReading("no time: its clock was moved further than a record can tell", where=_WHERE)
    metric, value, unit = _value(record, is_ketone=note is Mark.KETONE)
    if record.limit is None:
        _refuse_impossible(metric, value, unit)
    return Told(
        metric,
        None if record.limit else value,
        unit,
        record.limit,
        note if isinstance(note, Meal) else None,
        timedelta(minutes=record.time_offset_min) if record.time_offset_min else UNMOVED,
        (record.status or 0) & TIME_FAULT != 0,
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
        raise NotAReading("no value: the meter says that it measured none", where=_WHERE)
    if why_not := why_impossible(metric, value, unit):
        raise NotAReading(why_not, where=_WHERE)


def _shown(base: datetime | None, moved: timedelta) -> datetime:
    """The time the meter shows for the record (naive)."""
    if base is None:
        raise NotAReading("no time: the meter does not know the date", where=_WHERE)
    try:
        return base + moved if moved else base
    except OverflowError:
        raise NotAReading("a time outside the calendar", where=_WHERE) from None
