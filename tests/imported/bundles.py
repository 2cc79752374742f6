"""What record systems send, built in a line."""

from decimal import Decimal
from typing import Any

import simplejson

LOINC, UCUM, SNOMED = "http://loinc.org", "http://unitsofmeasure.org", "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
DAY = "2026-02-20"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"

Json = dict[str, Any]


def bundle(*resources: Json) -> bytes:
    entries = [{"fullUrl": f"urn:uuid:{number}", "resource": one} for number, one in enumerate(resources)]
    told = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return simplejson.dumps(told, use_decimal=True).encode()


def concept(system: str, code: str, text: str = "") -> Json:
    return {"coding": [{"system": system, "code": code}]} | ({"text": text} if text else {})


def observation(code: str, value: float | str, unit: str, **more: Any) -> Json:
    quantity = {"value": Decimal(value), "unit": unit, "system": UCUM, "code": unit}
    told: Json = {
        "resourceType": "Observation",
        "id": f"o-{code}-{value}",
        "status": "final",
        "code": concept(LOINC, code),
        "subject": {"reference": "Patient/4711"},
        "effectiveDateTime": f"{DAY}T07:30:00+01:00",
        "valueQuantity": quantity,
    }
    return told | more


def pressure(systolic: int, diastolic: int, **more: Any) -> Json:
    parts = [
        {"code": concept(LOINC, code), "valueQuantity": {"value": value, "unit": "mmHg", "code": "mm[Hg]"}}
        for code, value in (("8480-6", systolic), ("8462-4", diastolic))
    ]
    told = observation("85354-9", systolic, "mm[Hg]", component=parts)
    del told["valueQuantity"]
    return told | more


def condition(system: str, code: str, clinical: str = "active", verified: str = "confirmed", **more: Any) -> Json:
    told: Json = {
        "resourceType": "Condition",
        "id": f"c-{code}",
        "clinicalStatus": concept(CLINICAL, clinical),
        "verificationStatus": concept(VERIFIED, verified),
        "code": concept(system, code),
        "subject": {"reference": "Patient/4711"},
        "recordedDate": DAY,
    }
    return told | more


def medicine(name: str, value: float | None = None, unit: str = "", frequency: int = 1, **more: Any) -> Json:
    told: Json = {
        "resourceType": "MedicationRequest",
        "id": f"m-{name[:8]}",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": name},
        "subject": {"reference": "Patient/4711"},
    }
    if value is not None:
        told["dosageInstruction"] = [
            {
                "timing": {"repeat": {"frequency": frequency, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": value, "unit": unit, "code": unit}}],
            }
        ]
    return told | more


def allergy(name: str, **more: Any) -> Json:
    told: Json = {
        "resourceType": "AllergyIntolerance",
        "id": f"a-{name}",
        "code": {"text": name},
        "patient": {"reference": "Patient/4711"},
    }
    return told | more


def person(birth: str = "1956-05-01", gender: str = "male", **more: Any) -> Json:
    return {"resourceType": "Patient", "id": "4711", "birthDate": birth, "gender": gender} | more
