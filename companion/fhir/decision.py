"""A doctor's decision as Provenance, its entry in the audit trail as AuditEvent, a withdrawal as Communication."""

from companion.fhir.coding import TERMINOLOGY, Json, coding
from companion.fhir.ids import resource_id
from companion.fhir.names import local_instant
from companion.fhir.parts import our_digest, participant, patient, practitioner, software, to
from companion.fhir.told import Decided, Noted, Suggested, Who

VERIFIED = {
    "system": "urn:iso-astm:E1762-95:2013",
    "code": "1.2.840.10065.1.12.1.5",
    "display": "Verification Signature",
}
"""The doctor read what was shown and stands for the decision. The signature is the act, not a cryptographic one."""
DICOM = "http://dicom.nema.org/resources/ontology/DCM"


def provenance(suggested: Suggested, decided: Decided) -> Json:
    """Who decided, when, on what: the proposal as it was shown, by its digest."""
    target = decided.order or suggested.id
    at = local_instant(decided.at, suggested.zone)
    shown = {"type": "MedicationRequest", **to("MedicationRequest", suggested.id)}
    shown["identifier"] = our_digest(decided.shown_digest, "SHA-256 of what was shown")
    return {
        "resourceType": "Provenance",
        "id": resource_id(suggested.id),
        "target": [to("MedicationRequest", target)],
        "recorded": at,
        "activity": {"text": decided.decision},
        "reason": [{"text": decided.reason}] if decided.reason else [{"text": decided.decision}],
        "agent": [*_signers(decided), {"type": participant("assembler", "Assembler"), "who": software()}],
        "entity": [{"role": "derivation", "what": shown}],
        "signature": [{"type": [VERIFIED], "when": at, "who": practitioner(decided.by)}],
    }


def _signers(decided: Decided) -> list[Json]:
    """Who wrote the order, and who stands for it: the same doctor, and a second one where two had to sign."""
    verifiers = [decided.by] + ([decided.second] if decided.second else [])
    author = {"type": participant("author", "Author"), "who": practitioner(decided.by)}
    return [author, *({"type": participant("verifier", "Verifier"), "who": practitioner(each)} for each in verifiers)]


def audit_event(noted: Noted) -> Json:
    """One entry of the audit trail. R4 knows acts on a record as create, read, update, delete and execute."""
    return {
        "resourceType": "AuditEvent",
        "id": resource_id(noted.id),
        "type": coding(DICOM, "110110", "Patient Record"),
        "subtype": [{"system": "urn:companion:audit", "code": noted.action}],
        "action": "E",
        "recorded": local_instant(noted.at, noted.zone),
        "outcome": "0",
        "agent": [{"who": _actor(noted.actor), "requestor": True}],
        "source": {"observer": software()},
        "entity": [
            {"what": to("MedicationRequest", noted.suggestion)},
            {"what": patient(noted.patient), "role": coding(f"{TERMINOLOGY}/object-role", "1", "Patient")},
        ],
    }


def _actor(actor: Who) -> Json:
    return practitioner(actor) if actor.name else {"display": actor.id}


def withdrawal(suggested: Suggested, decided: Decided) -> Json | None:
    """The message by which the patient hears that an approved change is taken back; None where it was not."""
    withdrawn = decided.withdrawn
    if withdrawn is None:
        return None
    about = [to("MedicationRequest", decided.order or suggested.id)]
    return {
        "resourceType": "Communication",
        "id": resource_id(suggested.id),
        "status": "completed" if withdrawn.is_acknowledged else "in-progress",
        "category": [{"text": "withdrawal"}],
        "priority": "urgent",
        "subject": patient(suggested.patient),
        "recipient": [patient(suggested.patient)],
        "sender": practitioner(withdrawn.by),
        "sent": local_instant(withdrawn.at, suggested.zone),
        "about": about,
        "reasonCode": [{"text": withdrawn.reason or "withdrawn"}],
    }
