"""A batch that is refused as a whole is kept as it came, where the administrator can see it."""

import hashlib
from datetime import timedelta
from typing import Any

from flask import Response, g, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from companion.devices.models import Hub, RefusedBatch
from companion.messages.unique import insert_unless_known
from companion.sealing.columns import REFUSED_BATCH, sealer
from companion.web.context import changes, found_actor, now

BATCH = "api.add_batch"
MAX_BATCH_BYTES = 2 * 2**20
"""Some times as much as 500 of the longest values take."""
KEPT_A_DAY = 50
"""A sender that is refused again and again fills no disk."""
KEPT_STATUSES = (400, 401, 413, 422)


def limit_size() -> None:
    """For `before_request`: a larger body is not even read."""
    if request.endpoint == BATCH:
        request.max_content_length = MAX_BATCH_BYTES


def keep_refused(response: Response) -> Response:
    """For `after_request`: keeps the body of a refused batch if its sender is known, a revoked hub included."""
    limit_size()
    hub: Hub | None = g.get("known_hub")
    patient = hub.patient_id if hub else _signed_in_patient()
    if request.endpoint == BATCH and response.status_code in KEPT_STATUSES and patient is not None:
        told = response.get_json()
        with changes() as db:
            if told["code"] != "csrf" and _kept_lately(db, patient) < KEPT_A_DAY:
                _keep(db, patient, hub, told["code"], _reason(told))
    return response


def _signed_in_patient() -> int | None:
    """Of a browser whose request passed the gate."""
    person = found_actor()
    return person.id if person is not None and g.get("subject") is not None else None


def _kept_lately(db: Session, patient_id: int) -> int:
    kept = select(func.count()).select_from(RefusedBatch)
    lately = RefusedBatch.at > now() - timedelta(days=1)
    return db.scalar(kept.where(RefusedBatch.patient_id == patient_id, lately)) or 0


def _reason(told: dict[str, Any]) -> str:
    """In a line: what was said, and of what."""
    places = [f"{each['pointer']}: {each['detail']}" for each in told.get("errors", [])[:3]]
    return " ".join([told["detail"], *places])[:300]


def _keep(db: Session, patient_id: int, hub: Hub | None, code: str, reason: str) -> None:
    content = _content()
    digest = hashlib.sha256(content or str(request.content_length).encode()).hexdigest()
    new = {
        "patient_id": patient_id,
        "hub_id": hub.id if hub else None,
        "code": code[:40],
        "reason": reason,
        "content": REFUSED_BATCH.left,
        "sealed": sealer(db.connection(), REFUSED_BATCH, patient_id, now())(digest, content),
        "content_sha256": digest,
        "at": now(),
    }
    db.execute(insert_unless_known(db, RefusedBatch, "patient_id", "content_sha256").values(**new))


def _content() -> bytes:
    """What was sent; nothing of what is too large to be read."""
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        return b""
