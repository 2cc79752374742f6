"""From raw payloads to readings: units, out-of-range values, meals, and the instant each was taken.

Pure: the server decides here, the hub and the browser only carry bytes.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.devices import blood_pressure_profile, glucose_profile
from companion.devices.assigned_numbers import (
    BLOOD_PRESSURE_MEASUREMENT,
    CUFF_PRESSURE,
    GLUCOSE_CONTEXT,
    GLUCOSE_MEASUREMENT,
    BloodPressureStatus,
    ContextMeal,
    short_uuid,
)
from companion.devices.blood_pressure_profile import BloodPressureMeasurement
from companion.devices.device_time import ClockReading, Dating, NotAReading
from companion.devices.glucose_profile import GlucoseContext, GlucoseMeasurement
from companion.devices.wire import DecodeError, Number, as_number
from companion.readings.identity import Identities, Incoming, content_identity, sequence_from
from companion.readings.plausible import why_impossible
from companion.readings.reading import Kind, Meal, Metric, Reading
from companion.readings.units import PRESSURE_UNIT, GlucoseUnit, kpa_as_mmhg

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

CUFF_FLAGS = (
    (BloodPressureStatus.BODY_MOVEMENT, "movement"),
    (BloodPressureStatus.CUFF_TOO_LOOSE, "cuff_loose"),
    (BloodPressureStatus.IRREGULAR_PULSE, "irregular_pulse"),
    (BloodPressureStatus.IMPROPER_POSITION, "position"),
)
NO_READING_OF_THEIR_OWN = (GLUCOSE_CONTEXT, CUFF_PRESSURE)
"""A context belongs to its measurement; the pressure while measuring is shown, never kept."""
TENTH = Decimal("0.1")


class RawPayload(NamedTuple):
    """One GATT value as it arrived. `characteristic` is a UUID, short or long; `received_at` aware UTC."""

    characteristic: str
    raw: bytes
    received_at: datetime


class Refused(NamedTuple):
    """A payload that gave no reading: where it stood, why, and the bytes themselves in hex."""

    identity: bytes
    place: str
    reason: str
    content: str


class Batch(NamedTuple):
    """What the payloads amount to. `clock_offset_s` is None when the device's clock was not read."""

    incoming: list[Incoming]
    refused: list[Refused]
    clock_offset_s: int | None


class Origin(NamedTuple):
    """Whose readings these are, from which device (public ids), by which intake, and on whose wall the clock hangs."""

    patient: str
    device: str
    source: str
    zone: ZoneInfo


def read_payloads(payloads: Sequence[RawPayload], origin: Origin, clock: ClockReading | None) -> Batch:
    """Readings and refusals, in the order of arrival. Every payload ends in one of them, or is a context."""
    dating = Dating(clock, origin.zone)
    identities = Identities(origin.device.encode())
    contexts, refused = _contexts(payloads, origin)
    incoming: list[Incoming] = []
    undated = sum(1 for p in payloads if short_uuid(p.characteristic) == BLOOD_PRESSURE_MEASUREMENT)
    for payload in payloads:
        kind = short_uuid(payload.characteristic)
        try:
            if kind == GLUCOSE_MEASUREMENT:
                measurement = glucose_profile.decode(payload.raw)
                incoming.append(_glucose(measurement, contexts.get(measurement.sequence), origin, dating, identities))
            elif kind == BLOOD_PRESSURE_MEASUREMENT:
                received_at = payload.received_at if undated == 1 else None
                pressure = blood_pressure_profile.decode(payload.raw)
                incoming.append(_blood_pressure(pressure, received_at, origin, dating, identities))
            elif kind not in NO_READING_OF_THEIR_OWN:
                raise NotAReading("is not a characteristic that carries readings", where=kind)
        except DecodeError as error:
            refused.append(_refuse(payload, origin, str(error)))
    return Batch(incoming, refused, dating.offset_s if clock else None)


def _refuse(payload: RawPayload, origin: Origin, reason: str) -> Refused:
    identity = content_identity(origin.device.encode(), payload.characteristic.encode(), payload.raw)
    return Refused(identity, short_uuid(payload.characteristic), reason, payload.raw.hex())


def _contexts(payloads: Iterable[RawPayload], origin: Origin) -> tuple[dict[int, GlucoseContext], list[Refused]]:
    contexts: dict[int, GlucoseContext] = {}
    refused: list[Refused] = []
    for payload in payloads:
        if short_uuid(payload.characteristic) == GLUCOSE_CONTEXT:
            try:
                context = glucose_profile.decode_context(payload.raw)
                contexts[context.sequence] = context
            except DecodeError as error:
                refused.append(_refuse(payload, origin, str(error)))
    return contexts, refused


def _glucose(
    measurement: GlucoseMeasurement,
    context: GlucoseContext | None,
    origin: Origin,
    dating: Dating,
    identities: Identities,
) -> Incoming:
    if measurement.is_control_solution:
        raise NotAReading("a test with control solution, not a patient's glucose", where="glucose measurement")
    limit = measurement.limit
    meal = context.meal if context else None
    metric, value, unit, why_not = _glucose_value(measurement.concentration, measurement.unit, meal == KETONE_MEAL)
    if limit is None and why_not:
        raise NotAReading(why_not, where="glucose measurement")
    device_time = measurement.user_facing_time
    if device_time is None:
        raise NotAReading("no time: the meter does not know when", where="glucose measurement")
    return Incoming(
        identities.of(device_time, measurement.raw),
        Reading(
            origin.patient,
            metric,
            dating.instant(device_time),
            origin.device,
            measurement.sequence,
            None if limit else value,
            unit,
            Kind.METER,
            origin.source,
            None,  # diastolic
            None,  # pulse
            limit,
            MEALS.get(meal) if meal is not None else None,
            device_time.isoformat(),
            dating.offset_s,
            dating.flag,
            measurement.raw,
        ),
    )


@lru_cache(maxsize=4096)
def _glucose_value(
    concentration: Number | None, unit: str | None, is_ketone: bool
) -> tuple[Metric, Decimal | None, str, str | None]:
    """Metric, value and unit as the meter means them, and why it cannot be a value. Meters send few different ones.

    Only the exponent moves, so that the digits stay as sent: 1 kg/L = 100,000 mg/dL; 1 mol/L = 1,000 mmol/L.
    """
    value, ucum = as_number(concentration), GlucoseUnit.MMOL_L if unit == "mol/L" else GlucoseUnit.MG_DL
    metric = Metric.KETONE if is_ketone else Metric.GLUCOSE
    if value is None:
        return metric, None, ucum.value, "no value: the meter says that it measured none"
    value = value.scaleb(3 if ucum is GlucoseUnit.MMOL_L else 5)
    if is_ketone and ucum is GlucoseUnit.MG_DL:
        value, ucum = value.scaleb(-1), GlucoseUnit.MMOL_L
    return metric, value, ucum.value, why_impossible(metric, value, ucum.value)


def _blood_pressure(
    measurement: BloodPressureMeasurement,
    received_at: datetime | None,
    origin: Origin,
    dating: Dating,
    identities: Identities,
) -> Incoming:
    """`received_at` stands in for a missing time when the record came alone: just measured, not from memory."""
    systolic, diastolic = as_number(measurement.systolic), as_number(measurement.diastolic)
    if systolic is None or diastolic is None:
        raise NotAReading("the measurement failed: the cuff gives no pressures", where="blood pressure")
    flags = [name for bit, name in CUFF_FLAGS if (measurement.status or 0) & bit]
    if measurement.timestamp is not None:
        taken_at, device_time = dating.instant(measurement.timestamp), measurement.timestamp.isoformat()
        flags += [dating.flag] if dating.flag else []
    elif received_at is not None:
        taken_at, device_time = received_at, ""
        flags.append("receive_stamped")
    else:
        raise NotAReading("no time, and not alone: nobody can say when each was taken", where="blood pressure")
    identity = identities.of(measurement.timestamp or taken_at, measurement.raw)
    systolic, diastolic = _mmhg(systolic, measurement.unit), _mmhg(diastolic, measurement.unit)
    if why_not := why_impossible(Metric.BLOOD_PRESSURE, systolic, PRESSURE_UNIT, diastolic):
        raise NotAReading(why_not, where="blood pressure")
    return Incoming(
        identity,
        Reading(
            origin.patient,
            Metric.BLOOD_PRESSURE,
            taken_at,
            origin.device,
            sequence_from(identity),
            systolic,
            PRESSURE_UNIT,
            Kind.CUFF,
            origin.source,
            diastolic=diastolic,
            pulse=as_number(measurement.pulse),
            device_time=device_time,
            clock_offset_s=dating.offset_s,
            flags=",".join(flags),
            raw=measurement.raw,
        ),
    )


def _mmhg(value: Decimal, unit: str) -> Decimal:
    """kPa to a tenth of a mmHg; the payload keeps what was sent."""
    return kpa_as_mmhg(value).quantize(TENTH) if unit == "kPa" else value
