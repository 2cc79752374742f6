"""A suggestion as a proposal, a doctor's revision as an order: two MedicationRequests, one based on the other."""

from companion.fhir.coding import Json
from companion.fhir.dosing import dosage
from companion.fhir.evidence import observations
from companion.fhir.ids import resource_id
from companion.fhir.names import local_instant
from companion.fhir.parts import canonical, our_digest, our_id, patient, practitioner, software, to
from companion.fhir.told import Prescribed, Suggested

PROPOSAL_STATUS = {
    "pending": "draft",
    "approved": "completed",
    "amended": "completed",
    "withdrawn": "completed",
    "rejected": "cancelled",
    "expired": "cancelled",
    "superseded": "cancelled",
}
"""Our states → R4's. A proposal is never active: what holds is the order that a doctor made of it."""

WAITS = "takes effect once the patient has confirmed it"


def proposal(suggested: Suggested, base: str) -> Json:
    """Draft while nobody has decided. `base` is the address of this server, for the protocol's canonical one."""
    evidence = observations(suggested)
    status = PROPOSAL_STATUS[suggested.state]
    resource: Json = {
        "resourceType": "MedicationRequest",
        "id": resource_id(suggested.id),
        "identifier": [our_id(suggested.id), *_digests(suggested)],
        "status": status,
        "intent": "proposal",
        "priority": "urgent" if suggested.is_urgent else "routine",
        "medicationCodeableConcept": {"text": suggested.medicine.drug},
        "subject": patient(suggested.patient),
        "authoredOn": local_instant(suggested.created_at, suggested.zone),
        "requester": software(),
        "instantiatesCanonical": [canonical(base, suggested.protocol)],
        "reasonCode": [{"text": f"{suggested.protocol} {suggested.rule}"}],
        "note": [{"text": text} for text in _reasons(suggested)] or None,
        "dosageInstruction": [dosage(suggested.medicine, suggested.to_amount)],
        "priorPrescription": to("MedicationRequest", suggested.prior),
        "contained": evidence or None,
        "supportingInformation": [{"reference": f"#{one['id']}"} for one in evidence] or None,
    }
    if suggested.state != "pending":
        resource["statusReason"] = {"text": _why(suggested)}
    return _without_nothing(resource)


def _digests(suggested: Suggested) -> list[Json]:
    """What an approval is bound to, and by which protocols it was made."""
    return [
        our_digest(suggested.digest, "SHA-256 of the evidence"),
        our_digest(suggested.registry_hash, "SHA-256 of the protocols"),
    ]


def _reasons(suggested: Suggested) -> list[str]:
    return [str(reason) for reason in suggested.evidence.get("outcome", {}).get("reasons", ())]


def _why(suggested: Suggested) -> str:
    reason = suggested.decided.reason if suggested.decided else suggested.ended_because
    return f"{suggested.state}: {reason}" if reason else suggested.state


def order(prescribed: Prescribed) -> Json:
    """What a named doctor prescribed. `basedOn` says that it was suggested, `priorPrescription` what held before."""
    notes = [prescribed.reason] + [WAITS] * prescribed.waits_for_patient
    resource: Json = {
        "resourceType": "MedicationRequest",
        "id": resource_id(prescribed.id),
        "identifier": [our_id(prescribed.id)],
        "status": prescribed.status,
        "intent": "order",
        "medicationCodeableConcept": {"text": prescribed.medicine.drug},
        "subject": patient(prescribed.patient),
        "authoredOn": local_instant(prescribed.made_at, prescribed.zone),
        "requester": practitioner(prescribed.by),
        "basedOn": [to("MedicationRequest", prescribed.based_on)] if prescribed.based_on else None,
        "priorPrescription": to("MedicationRequest", prescribed.prior) if prescribed.prior else None,
        "note": [{"text": note} for note in notes if note] or None,
        "dosageInstruction": [dosage(prescribed.medicine, prescribed.amount)],
    }
    return _without_nothing(resource)


def _without_nothing(resource: Json) -> Json:
    return {name: value for name, value in resource.items() if value is not None}
