"""`Idempotency-Key`: the same request again gets the same answer; another body under the same key is refused."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import request
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from companion.messages.unique import insert_unless_known
from companion.web.api.problems import Problem
from companion.web.context import actor, changes, now
from companion.web.models import RepeatKey

KEPT_FOR = timedelta(hours=24)
LONGEST_KEY = 120


def once(do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Does it, or gives the answer of the first time. Without a key it is simply done: what the API takes in is
    known again by its own identity, so that repeating it adds nothing.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return do()
    if not 1 <= len(key) <= LONGEST_KEY:
        raise Problem(422, "bad_idempotency_key", f"Use 1 to {LONGEST_KEY} characters.")
    sha256 = hashlib.sha256(f"{request.method} {request.path}\0".encode() + request.get_data()).hexdigest()
    with changes() as db:
        known = _find_or_add(db, key, sha256)
    if known.request_sha256 != sha256:
        raise Problem(422, "idempotency_key_reused", "This key was sent with another request; take a new one.")
    if known.answer is not None:
        return known.answer
    answer = _kept(do())
    with changes() as db:
        db.execute(update(RepeatKey).where(RepeatKey.id == known.id).values(answer=answer))
    return answer


def _kept(answer: dict[str, Any]) -> dict[str, Any]:
    """As it is stored and given again: exact numbers as their digits."""
    plain: dict[str, Any] = json.loads(json.dumps(answer, default=lambda number: format(number, "f")))
    return plain


def _find_or_add(db: Session, key: str, sha256: str) -> RepeatKey:
    db.execute(delete(RepeatKey).where(RepeatKey.made_at < now() - KEPT_FOR))
    new = {"person_id": actor().id, "key": key, "request_sha256": sha256, "made_at": now(), "answer": None}
    db.execute(insert_unless_known(db, RepeatKey, "person_id", "key").values(**new))
    return db.scalars(select(RepeatKey).where(RepeatKey.person_id == actor().id, RepeatKey.key == key)).one()
