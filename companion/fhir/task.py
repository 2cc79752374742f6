"""A suggestion in the queue as a Task: somebody is to approve the proposal, until then."""

from companion.fhir.coding import Json, coding
from companion.fhir.ids import resource_id
from companion.fhir.names import local_instant
from companion.fhir.parts import our_id, patient, practitioner, software, to
from companion.fhir.told import Suggested

TASK_CODES = "http://hl7.org/fhir/CodeSystem/task-code"
APPROVE = coding(TASK_CODES, "approve", "Activate/approve the focal resource")

STATUS = {
    "approved": "completed",
    "amended": "completed",
    "withdrawn": "completed",
    "rejected": "rejected",
    "expired": "cancelled",
    "superseded": "cancelled",
}
"""Our states → R4's, of what waits no more."""


def status_of(suggested: Suggested) -> str:
    """Requested while it waits; in progress while a doctor has it open, on hold while one has put it off."""
    if suggested.state != "pending":
        return STATUS[suggested.state]
    if suggested.claimed is not None:
        return "in-progress"
    return "on-hold" if suggested.put_off_until is not None else "requested"


def approval_task(suggested: Suggested) -> Json:
    """The queue's entry. What the service calls the state is its `businessStatus`."""
    changed_at = suggested.ended_at or suggested.created_at
    resource: Json = {
        "resourceType": "Task",
        "id": resource_id(suggested.id),
        "identifier": [our_id(suggested.id)],
        "status": status_of(suggested),
        "businessStatus": {"text": _business_status(suggested)},
        "intent": "proposal",
        "priority": "urgent" if suggested.is_urgent else "routine",
        "code": {"coding": [APPROVE]},
        "focus": to("MedicationRequest", suggested.id),
        "for": patient(suggested.patient),
        "authoredOn": local_instant(suggested.created_at, suggested.zone),
        "lastModified": local_instant(changed_at, suggested.zone),
        "requester": software(),
        "restriction": {"period": {"end": local_instant(suggested.expires_at, suggested.zone)}},
    }
    return resource | _owner(suggested) | _ended(suggested)


def _business_status(suggested: Suggested) -> str:
    if suggested.state != "pending":
        return suggested.state
    if suggested.claimed is not None:
        return "claimed"
    if suggested.put_off_until is not None:
        return f"put off until {local_instant(suggested.put_off_until, suggested.zone)}"
    return "pending"


def _owner(suggested: Suggested) -> Json:
    who = suggested.decided.by if suggested.decided else suggested.claimed.by if suggested.claimed else None
    return {"owner": practitioner(who)} if who else {}


def _ended(suggested: Suggested) -> Json:
    """Why it was rejected; what came of it."""
    decided = suggested.decided
    if decided is None:
        return {"statusReason": {"text": suggested.ended_because}} if suggested.ended_because else {}
    told: Json = {"statusReason": {"text": decided.reason}} if decided.reason else {}
    if decided.order is not None:
        made = {"type": {"text": "order"}, "valueReference": to("MedicationRequest", decided.order)}
        told["output"] = [made]
    return told
