"""The door for pharmacies: what they tell of orders. Only what they signed a moment ago is heard; what is refused is
told with its field and reason, and nothing of it is logged."""

from flask import Blueprint, Response, abort, jsonify, request

from companion.errors import BadInput
from companion.programme.orders.pharmacies import find_pharmacy, secret_of
from companion.programme.orders.signing import ID, SIGNATURE, TIMESTAMP, doubt
from companion.programme.orders.tracking import read_event
from companion.supplying.arrived import take_told
from companion.web.access import public
from companion.web.context import changes, look, now
from companion.web.door.limits import Door, count_here
from companion.web.security import csrf

blueprint = Blueprint("pharmacy_hooks", __name__)

MOST_BYTES = 16 * 1024


@blueprint.post("/hooks/pharmacies/<pharmacy_id>/events")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def take(pharmacy_id: str) -> Response | tuple[Response, int]:
    """One event; 200 when it is durable, also for one that was told before. 403 for what the pharmacy did not sign, 422
    with field and reason for what cannot be."""
    request.max_content_length = MOST_BYTES
    body = request.get_data()
    _check_signature(pharmacy_id, body)
    try:
        told = read_event(request.headers[ID], body)
        with changes() as db:
            verdict = take_told(db, find_pharmacy(db, pharmacy_id) or abort(404), told, now())
    except BadInput as bad:
        return jsonify(field=bad.where, reason=bad.what, advice=bad.advice), 422
    return jsonify(result=verdict.value)


def _check_signature(pharmacy_id: str, body: bytes) -> None:
    """The same answer for a pharmacy that there is not: nobody learns which there are."""
    with look() as db:
        pharmacy = find_pharmacy(db, pharmacy_id)
        secret = secret_of(db, pharmacy) if pharmacy else None
    signed = {name: request.headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE)}
    if secret is None or doubt(secret, signed, body, now()) is not None:
        count_here(Door.HOOK)
        abort(403)
