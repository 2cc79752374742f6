"""A hub gets its token for the code that the patient's page shows."""

from typing import Any

from flask import request

from companion.web.access import public
from companion.web.api import batch_schemas
from companion.web.api.problems import Problem
from companion.web.api.routes import endpoint
from companion.web.context import now, outside
from companion.web.door.hub_door import pair_hub
from companion.web.door.limits import TooManyAttemptsError
from companion.web.security import csrf


@endpoint(
    "POST",
    "/hubs:pair",
    takes=batch_schemas.HubPairIn,
    gives=batch_schemas.HubPairOut,
    status=201,
    may_fail=(422, 429),
)
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def pair(given: dict[str, Any]) -> dict[str, Any]:
    """The code works once, within ten minutes. 429 after ten wrong ones: wait a quarter of an hour."""
    try:
        hub, token = pair_hub(outside().engine, given["code"], given["name"], request.remote_addr or "", now())
    except TooManyAttemptsError:
        raise Problem(429, "too_many_requests", "Too many wrong codes: wait 15 minutes.") from None
    return {"hub": hub.public_id, "zone": hub.patient.zone, "token": token}
