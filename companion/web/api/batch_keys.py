"""A batch is taken in once for its `Idempotency-Key`, and the sender's clock is judged once."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import request
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from companion.clock import MILLISECOND
from companion.devices.models import SentBatch
from companion.messages.unique import insert_unless_known
from companion.web.api.problems import Problem
from companion.web.api.repeats import LONGEST_KEY
from companion.web.context import changes, hub, now, subject

KEPT_FOR = timedelta(days=400)
"""A hub may be without a network for long, and then ask again."""


def once(sent_at: datetime, take_in: Callable[[timedelta], dict[str, Any]]) -> dict[str, Any]:
    """Takes it in, or gives the answer of the first time. `take_in` gets what has to be added to the sender's times:
    how far its clock was behind ours when the key was first seen.

    Without a key every request is the first.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return take_in(now() - sent_at)
    if not 1 <= len(key) <= LONGEST_KEY:
        raise Problem(422, "bad_idempotency_key", f"Use 1 to {LONGEST_KEY} characters.")
    sha256 = _content_sha256()
    with changes() as db:
        known = _find_or_add(db, key, sha256, now() - sent_at)
    if known.content_sha256 != sha256:
        raise Problem(422, "idempotency_key_reused", "This key was sent with another batch; take a new one.")
    if known.answer is not None:
        return known.answer
    answer = take_in(known.skew_ms * MILLISECOND)
    with changes() as db:
        db.execute(update(SentBatch).where(SentBatch.id == known.id).values(answer=answer))
    return answer


def _content_sha256() -> str:
    """Of everything but what is only known as a batch is sent, and may differ each time."""
    body = {name: value for name, value in request.get_json().items() if name not in ("sent_at", "times_known")}
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _find_or_add(db: Session, key: str, sha256: str, skew: timedelta) -> SentBatch:
    db.execute(delete(SentBatch).where(SentBatch.at < now() - KEPT_FOR))
    sender = hub()
    new = {
        "patient_id": subject().id,
        "hub_id": sender.id if sender else None,
        "key": key,
        "content_sha256": sha256,
        "skew_ms": skew // MILLISECOND,
        "at": now(),
        "answer": None,
    }
    db.execute(insert_unless_known(db, SentBatch, "patient_id", "key").values(**new))
    query = select(SentBatch).where(SentBatch.patient_id == subject().id, SentBatch.key == key)
    return db.scalars(query).one()
