"""The readings behind a suggestion, as it keeps them, as Observations within it: exactly what was assessed."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from companion.devices.uploads.fhir_codes import DIASTOLIC, MASS, SYSTOLIC
from companion.fhir.coding import IN_BLOOD, MEAL_QUESTION, OFF_SCALE, PRESSURE_PANEL, TERMINOLOGY, Json, coding, loinc
from companion.fhir.names import local_instant
from companion.fhir.observation import pressure_components, quantity
from companion.fhir.parts import patient
from companion.fhir.told import Suggested
from companion.readings.reading import Limit

LIMITS = {"LO": Limit.LOW, "HI": Limit.HIGH}


def observations(suggested: Suggested) -> list[Json]:
    """Every reading of the evidence, the oldest first, with an id of its own within the suggestion."""
    case = suggested.evidence.get("case", {})
    glucose = [_glucose(f"glucose-{n}", one, suggested) for n, one in enumerate(case.get("glucose", ()), start=1)]
    pressures = [_pressure(f"pressure-{n}", one, suggested) for n, one in enumerate(case.get("pressures", ()), start=1)]
    return glucose + pressures


def _shell(name: str, one: Mapping[str, Any], suggested: Suggested) -> Json:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "subject": patient(suggested.patient),
        "effectiveDateTime": local_instant(datetime.fromisoformat(one["at"]), suggested.zone),
    }


def _glucose(name: str, one: Mapping[str, Any], suggested: Suggested) -> Json:
    """In mg/dL, as the rules read it. HI and LO are no numbers."""
    told = _shell(name, one, suggested) | {"code": {"coding": loinc(IN_BLOOD[MASS]), "text": "Glucose"}}
    if one["mg_dl"] is None:
        interpretation = coding(f"{TERMINOLOGY}/v3-ObservationInterpretation", *OFF_SCALE[LIMITS[one["device_limit"]]])
        absent = coding(f"{TERMINOLOGY}/data-absent-reason", "unknown", "Unknown")
        told |= {"dataAbsentReason": {"coding": [absent]}, "interpretation": [{"coding": [interpretation]}]}
    else:
        told["valueQuantity"] = quantity(Decimal(one["mg_dl"]), "mg/dL")
    if one["meal"]:
        meal = {"text": one["meal"].replace("_", " ")}
        told["component"] = [{"code": {"text": MEAL_QUESTION}, "valueCodeableConcept": meal}]
    return told


def _pressure(name: str, one: Mapping[str, Any], suggested: Suggested) -> Json:
    told = _shell(name, one, suggested)
    return told | {
        "code": {"coding": loinc(PRESSURE_PANEL), "text": "Blood pressure"},
        "component": list(pressure_components(_pressures(one))),
    }


def _pressures(one: Mapping[str, Any]) -> Iterator[tuple[str, Decimal | None, str]]:
    yield SYSTOLIC, Decimal(one["systolic"]), "mm[Hg]"
    yield DIASTOLIC, Decimal(one["diastolic"]), "mm[Hg]"
