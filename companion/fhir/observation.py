"""A reading as an Observation: value as it was measured, when, by what, and whether it still holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from companion.devices.uploads.fhir_codes import DIASTOLIC, PULSE, SYSTOLIC
from companion.fhir.coding import (
    MEAL_QUESTION,
    MEAL_TEXTS,
    OFF_SCALE,
    PRESSURE_PARTS,
    TERMINOLOGY,
    UCUM,
    Json,
    codes_of,
    coding,
    loinc,
)
from companion.fhir.names import id_of, local_instant, url_of
from companion.readings.reading import Limit, Metric, Reading
from companion.readings.same import key_of

TITLES = {Metric.GLUCOSE: "Glucose", Metric.BLOOD_PRESSURE: "Blood pressure", Metric.KETONE: "Ketones"}
PER_MINUTE = "/min"
SHOWN_UNITS = {"mm[Hg]": "mmHg", PER_MINUTE: "beats/minute"}


@dataclass(frozen=True)
class Note:
    """What somebody said about the reading afterwards."""

    by: str
    at: datetime
    text: str


@dataclass(frozen=True)
class Standing:
    """Whether the reading holds. `was_changed`: something about it was put right; `counts` False: it was withdrawn."""

    counts: bool = True
    was_changed: bool = False
    notes: tuple[Note, ...] = ()

    @property
    def status(self) -> str:
        """Of R4's ObservationStatus."""
        if not self.counts:
            return "entered-in-error"
        return "amended" if self.was_changed else "final"


def observation_id(reading: Reading) -> str:
    """The same for the same reading, in every export."""
    metric, taken_at, device, sequence = key_of(reading)
    return id_of("Observation", reading.patient, metric, taken_at.isoformat(), device, str(sequence))


def observation(reading: Reading, standing: Standing, zone: ZoneInfo, subject_id: str, device_id: str | None) -> Json:
    """The resource. `zone` is the patient's, `subject_id` and `device_id` those of their entries."""
    resource: Json = {
        "resourceType": "Observation",
        "id": observation_id(reading),
        "status": standing.status,
        "code": {"coding": codes_of(reading.metric, reading.kind, reading.unit), "text": TITLES[reading.metric]},
        "subject": {"reference": url_of(subject_id)},
        "effectiveDateTime": local_instant(reading.taken_at, zone),
        "method": {"text": reading.kind.value},
    }
    if not resource["code"]["coding"]:
        del resource["code"]["coding"]
    if device_id is not None:
        resource["device"] = {"reference": url_of(device_id)}
    if standing.notes:
        resource["note"] = [_annotation(note, zone) for note in standing.notes]
    resource |= _pressure(reading) if reading.metric is Metric.BLOOD_PRESSURE else _concentration(reading)
    if components := [*resource.pop("component", []), *_meal(reading)]:
        resource["component"] = components
    return resource


def _annotation(note: Note, zone: ZoneInfo) -> Json:
    return {"authorString": note.by, "time": local_instant(note.at, zone), "text": note.text}


def _concentration(reading: Reading) -> Json:
    if reading.limit is not None:
        return _off_scale(reading.limit)
    assert reading.value is not None, "a reading without a limit has a value"
    return {"valueQuantity": quantity(reading.value, reading.unit)}


def _off_scale(limit: Limit) -> Json:
    """HI and LO are no numbers, and where a device's scale ends is not known: no bound is made up."""
    interpretation = coding(f"{TERMINOLOGY}/v3-ObservationInterpretation", *OFF_SCALE[limit])
    absent = coding(f"{TERMINOLOGY}/data-absent-reason", "unknown", "Unknown")
    return {
        "dataAbsentReason": {"coding": [absent], "text": f"the device showed {limit.value}"},
        "interpretation": [{"coding": [interpretation], "text": limit.value}],
    }


def _pressure(reading: Reading) -> Json:
    vital_signs = coding(f"{TERMINOLOGY}/observation-category", "vital-signs", "Vital Signs")
    values = (
        (SYSTOLIC, reading.value, reading.unit),
        (DIASTOLIC, reading.diastolic, reading.unit),
        (PULSE, reading.pulse, PER_MINUTE),
    )
    return {"category": [{"coding": [vital_signs]}], "component": list(pressure_components(values))}


def pressure_components(values: Iterable[tuple[str, Decimal | None, str]]) -> Iterable[Json]:
    for code, value, unit in values:
        if value is not None:
            told = {"coding": loinc((code, PRESSURE_PARTS[code])), "text": PRESSURE_PARTS[code]}
            yield {"code": told, "valueQuantity": quantity(value, unit)}


def _meal(reading: Reading) -> list[Json]:
    """When the value stands to a meal. In words: LOINC's codes of fasting glucose fix the specimen as well."""
    if reading.meal is None:
        return []
    return [{"code": {"text": MEAL_QUESTION}, "valueCodeableConcept": {"text": MEAL_TEXTS[reading.meal]}}]


def quantity(value: Decimal, unit: str) -> Json:
    """The number with its own digits, and its unit by UCUM's code."""
    return {"value": value, "unit": SHOWN_UNITS.get(unit, unit), "system": UCUM, "code": unit}
