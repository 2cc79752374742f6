"""An order of medicines as a pharmacy reads it: a Bundle of the patient, what was prescribed, and what is asked for.

The prescriptions stand there as they hold; the order asks for packs of them and changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from companion.fhir.coding import UCUM, Json
from companion.fhir.dosing import UCUM_OF
from companion.fhir.ids import reference, resource_id
from companion.fhir.medication_request import order
from companion.fhir.names import local_instant
from companion.fhir.parts import our_id, patient, to
from companion.fhir.told import Prescribed, Who


@dataclass(frozen=True)
class OrderedLine:
    """One medicine. `pieces` 0: one pack, nobody knows how many are needed."""

    prescribed: Prescribed
    pieces: int
    piece: str
    packs: int | None
    is_urgent: bool


@dataclass(frozen=True)
class Ordered:
    """An order that leaves. `address`: as the patient wrote it."""

    id: str
    patient: Who
    zone: ZoneInfo
    pharmacy: Who
    area: str
    address: str
    placed_at: datetime
    promised_by: datetime
    lines: Sequence[OrderedLine]


def order_bundle(ordered: Ordered) -> Json:
    """A collection whose identifier is the order's: the same order is the same Bundle, however often it is sent."""
    resources = [_patient(ordered), _pharmacy(ordered)]
    for number, line in enumerate(ordered.lines, start=1):
        resources += [_prescription(line), _supply_request(ordered, line, number)]
    return {
        "resourceType": "Bundle",
        "id": resource_id(ordered.id),
        "identifier": our_id(ordered.id),
        "type": "collection",
        "timestamp": local_instant(ordered.placed_at, ordered.zone),
        "entry": [{"fullUrl": _url(resource), "resource": resource} for resource in resources],
    }


def _url(resource: Json) -> str:
    return f"urn:companion:{resource['resourceType']}:{resource['id']}"


def _patient(ordered: Ordered) -> Json:
    return {
        "resourceType": "Patient",
        "id": resource_id(ordered.patient.id),
        "identifier": [our_id(ordered.patient.id)],
        "name": [{"text": ordered.patient.name}],
        "address": [{"text": ordered.address, "district": ordered.area}],
    }


def _pharmacy(ordered: Ordered) -> Json:
    pharmacy = ordered.pharmacy
    return {
        "resourceType": "Organization",
        "id": resource_id(pharmacy.id),
        "identifier": [our_id(pharmacy.id)],
        "name": pharmacy.name,
    }


def _prescription(line: OrderedLine) -> Json:
    """Amounts that differ by time or day stand in words alone: one number beside them would be the wrong one."""
    told = order(line.prescribed)
    if not line.prescribed.medicine.times:
        told["dosageInstruction"] = [{"text": line.prescribed.medicine.said}]
    return told


def _supply_request(ordered: Ordered, line: OrderedLine, number: int) -> Json:
    medicine = line.prescribed.medicine
    return {
        "resourceType": "SupplyRequest",
        "id": f"{resource_id(ordered.id)}-{number}",
        "status": "active",
        "priority": "urgent" if line.is_urgent else "routine",
        "itemCodeableConcept": {"text": medicine.drug},
        "quantity": _quantity(line),
        # R4 has no field for the prescription that a supply is for: it is named as what the request is of.
        "extension": [
            {"url": "urn:companion:prescription", "valueReference": to("MedicationRequest", line.prescribed.id)}
        ],
        "occurrencePeriod": {"end": local_instant(ordered.promised_by, ordered.zone)},
        "authoredOn": local_instant(ordered.placed_at, ordered.zone),
        "requester": patient(ordered.patient),
        "supplier": [{"reference": reference("Organization", ordered.pharmacy.id), "display": ordered.pharmacy.name}],
        "deliverTo": patient(ordered.patient),
    }


def _quantity(line: OrderedLine) -> Json:
    """Pieces, and not packs: how many a pack of this pharmacy holds it knows itself."""
    if line.pieces == 0:
        return {"value": line.packs or 1, "unit": "pack", "system": UCUM, "code": "{pack}"}
    return {
        "value": line.pieces,
        "unit": line.piece,
        "system": UCUM,
        "code": UCUM_OF.get(line.piece, f"{{{line.piece}}}"),
    }
