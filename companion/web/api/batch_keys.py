"""A batch is taken in once for its `Idempotency-Key`, and the sender's clock is judged once."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

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


class FirstSight(NamedTuple):
    """What is judged once. `skew` has to be added to the sender's times: how far its clock was behind ours when the
    batch was first seen, `at`, which is the service's own clock."""

    skew: timedelta
    at: datetime


def once(
    sent_at: datetime, check: Callable[[FirstSight], None], take_in: Callable[[FirstSight], dict[str, Any]]
) -> dict[str, Any]:
    """Takes it in, or gives the answer of the first time. `check` raises Problem for times that cannot be; what it
    refuses when it is first seen is not remembered: sent again by a better clock, it is judged anew.

    Without a key every request is the first.
    """
    key = request.headers.get("Idempotency-Key")
    seen = FirstSight(now() - sent_at, now())
    if key is None:
        check(seen)
        return take_in(seen)
    if not 1 <= len(key) <= LONGEST_KEY:
        raise Problem(422, "bad_idempotency_key", f"Use 1 to {LONGEST_KEY} characters.")
    sha256 = _content_sha256()
    with changes() as db:
        known = _find(db, key) or _added(db, key, sha256, seen, check)
    if known.content_sha256 != sha256:
        raise Problem(422, "idempotency_key_reused", "This key was sent with another batch; take a new one.")
    if known.answer is not None:
        return known.answer
    first = FirstSight(known.skew_ms * MILLISECOND, known.at)
    check(first)  # it may be told otherwise now whether its times are known
    answer = take_in(first)
    with changes() as db:
        db.execute(update(SentBatch).where(SentBatch.id == known.id).values(answer=answer))
    return answer


def _content_sha256() -> str:
    """Of everything but what is only known as a batch is sent, and may differ each time."""
    body = {name: value for name, value in request.get_json().items() if name not in ("sent_at", "times_known")}
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _find(db: Session, key: str) -> SentBatch | None:
    db.execute(delete(SentBatch).where(SentBatch.at < now() - KEPT_FOR))
    return db.scalar(select(SentBatch).where(SentBatch.patient_id == subject().id, SentBatch.key == key))


def _added(db: Session, key: str, sha256: str, seen: FirstSight, check: Callable[[FirstSight], None]) -> SentBatch:
    """Where two ask at once, both get the row of whoever was first."""
    check(seen)
    sender = hub()
    new = {
        "patient_id": subject().id,
        "hub_id": sender.id if sender else None,
        "key": key,
        "content_sha256": sha256,
        "skew_ms": seen.skew // MILLISECOND,
        "at": seen.at,
        "answer": None,
    }
    db.execute(insert_unless_known(db, SentBatch, "patient_id", "key").values(**new))
    query = select(SentBatch).where(SentBatch.patient_id == subject().id, SentBatch.key == key)
    return db.scalars(query).one()
