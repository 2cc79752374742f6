"""Orders to pharmacies by API."""

import secrets
from typing import Any

from flask import request

from companion.care.people import Person, Role
from companion.programme.orders.order_models import MedicineOrder
from companion.programme.orders.orders_seen import orders_of
from companion.programme.orders.pharmacies import find_pharmacy
from companion.web.access import Action, guarded
from companion.web.api import order_schemas as schemas
from companion.web.api.problems import Problem
from companion.web.api.repeats import once
from companion.web.api.routes import endpoint
from companion.web.api.shown import instant
from companion.web.context import actor, changes, look, subject
from companion.web.programme.orders import place_order

KEY_LENGTH = 60


@endpoint("GET", "/patients/<patient_id>/orders", gives=schemas.MedicineOrdersOut)
@guarded(Action.SEE_ORDERS)
def orders(patient_id: str) -> dict[str, Any]:
    """What was ordered from pharmacies, the newest first, and where it is."""
    with look() as db:
        return {"orders": [_order(order) for order in orders_of(db, subject().id)]}


@endpoint(
    "POST",
    "/patients/<patient_id>/orders",
    takes=schemas.MedicineOrderIn,
    gives=schemas.MedicineOrderOut,
    status=201,
    may_fail=(400, 422),
)
@guarded(Action.ORDER_MEDICINES)
def add_order(given: dict[str, Any], patient_id: str) -> dict[str, Any]:
    """Orders packs of medicines as they are prescribed; the patient has to agree first that the pharmacy learns of
    them. `Idempotency-Key` is honoured."""
    return once(lambda: _add(given))


def _add(given: dict[str, Any]) -> dict[str, Any]:
    # The order's own key, too: of two requests at once with one key, one counts.
    key = (request.headers.get("Idempotency-Key") or secrets.token_urlsafe(12))[:KEY_LENGTH]
    with changes() as db:
        pharmacy = find_pharmacy(db, given["pharmacy"])
        if pharmacy is None:
            raise Problem(422, "unknown_pharmacy", "Name a pharmacy that takes orders here.")
        patient, by_clinic = db.get_one(Person, subject().id), actor().role != Role.PATIENT
        return _order(place_order(db, patient, pharmacy, given | {"key": key}, by_clinic=by_clinic))


def _order(order: MedicineOrder) -> dict[str, Any]:
    zone = order.patient.zone
    return {
        "id": order.public_id,
        "pharmacy": order.pharmacy.public_id,
        "pharmacy_name": order.pharmacy.name,
        "area": order.area,
        "is_urgent": order.is_urgent,
        "state": order.state,
        "why": order.why,
        "placed_at": instant(order.placed_at, zone),
        "promised_by": instant(order.promised_by, zone),
        "delivered_at": instant(order.delivered_at, zone) if order.delivered_at else None,
        "medicines": [
            {
                "medicine": line.regimen.public_id,
                "drug": line.regimen.drug,
                "pieces": line.pieces,
                "piece": line.piece,
                "packs": line.packs,
                "is_urgent": line.is_urgent,
            }
            for line in order.lines
        ],
    }
