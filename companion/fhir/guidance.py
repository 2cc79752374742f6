"""The newest run of a plan as a GuidanceResponse: what came of it, and what it lacks."""

from collections.abc import Iterable
from typing import Any

from companion.devices.uploads.fhir_codes import LOINC
from companion.fhir.coding import Json, coding
from companion.fhir.ids import resource_id
from companion.fhir.names import local_instant
from companion.fhir.parts import canonical, patient, software, to
from companion.fhir.told import Evaluated

MISSING = "missing:"
LACKS: dict[str, tuple[str, tuple[str, str] | None]] = {
    "insufficient_data": ("Observation", ("2339-0", "Glucose [Mass/volume] in Blood")),
    "missing:egfr": (
        "Observation",
        ("98979-8", "Glomerular filtration rate by Creatinine-based formula (CKD-EPI 2021)"),
    ),
    "missing:potassium": ("Observation", ("2823-3", "Potassium [Moles/volume] in Serum or Plasma")),
    "missing:weight_kg": ("Observation", ("29463-7", "Body weight")),
    "missing:diabetes_type": ("Condition", None),
    "missing:pregnant": ("Condition", None),
    "order_labs": ("Observation", None),
    "reconcile_meds": ("MedicationStatement", None),
    "adherence_review": ("MedicationStatement", None),
}
"""What is asked → the kind of resource that would answer it, and its code where there is just one."""


def guidance(evaluated: Evaluated, base: str) -> Json:
    """`data-required` when something that was not known kept it from proposing."""
    lacks = [_requirement(ask) for ask in _lacking(evaluated.outcome.get("asks", ()))]
    resource: Json = {
        "resourceType": "GuidanceResponse",
        "id": resource_id(evaluated.id),
        "moduleCanonical": canonical(base, evaluated.protocol),
        "status": "data-required" if lacks else "success",
        "subject": patient(evaluated.patient),
        "occurrenceDateTime": local_instant(evaluated.at, evaluated.zone),
        "performer": software(),
        "reasonCode": [{"text": text} for text in _told(evaluated.outcome)],
    }
    if lacks:
        resource["dataRequirement"] = lacks
    return resource | _result(evaluated)


def _told(outcome: Any) -> list[str]:
    """The outcome, its rule, and its reasons: a hold says why."""
    rule = f"{outcome.get('outcome', 'hold')}: {outcome.get('rule') or 'no rule'}"
    return [rule, *map(str, outcome.get("reasons", ()))]


def _lacking(asks: Iterable[str]) -> list[str]:
    return [ask for ask in asks if ask in LACKS or ask.startswith(MISSING)]


def _requirement(ask: str) -> Json:
    kind, code = LACKS.get(ask, ("Observation", None))
    needed: Json = {"type": kind}
    if code is None:
        name = ask.removeprefix(MISSING).replace("_", " ")
        return needed | {"codeFilter": [{"path": "code", "code": [{"display": name}]}]}
    return needed | {"codeFilter": [{"path": "code", "code": [coding(LOINC, *code)]}]}


def _result(evaluated: Evaluated) -> Json:
    """What is proposed, as R4 wants it: a group of requests with one in it, which points to the proposal."""
    if evaluated.suggestion is None:
        return {}
    action = {"title": "approve, amend or reject", "resource": to("MedicationRequest", evaluated.suggestion)}
    group = {
        "resourceType": "RequestGroup",
        "id": "proposed",
        "status": "draft",
        "intent": "proposal",
        "subject": patient(evaluated.patient),
        "action": [action],
    }
    return {"contained": [group], "result": {"reference": "#proposed"}}
