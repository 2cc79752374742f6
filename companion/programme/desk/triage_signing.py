"""A named clinician signs the first questions and hours of the desk, or takes the signature back.

Without one nobody is put in a queue by them: the desk names the emergency number and a person, and nothing else. What a
demo account signs counts for demo people only.
"""

import secrets
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.care.people import Person, Role
from companion.db import rows_changed
from companion.errors import BadInput
from companion.programme.desk.desk_models import TriageSignature
from companion.programme.desk.triage import Triage


class Standing(NamedTuple):
    signature: TriageSignature
    signer: Person


def sign_triage(session: Session, triage: Triage, *, seen: str, by: Person, now: datetime) -> TriageSignature:
    """`seen`: the digest of the text that was read. Raises BadInput for who is no clinician, and for another text than
    that which stands there now."""
    _check_signer(by)
    if seen != triage.digest:
        raise BadInput("has changed since it was read", where="triage", advice="read it again")
    signature = TriageSignature(
        public_id=f"ts_{secrets.token_hex(6)}",
        version=triage.version,
        digest=triage.digest,
        signed_by=by.id,
        clinician_role=by.role,
        is_demo=by.is_demo,
        signed_at=now,
    )
    session.add(signature)
    session.flush()
    return signature


def withdraw_signatures(session: Session, triage: Triage, *, by: Person, now: datetime) -> int:
    """No signature of this text holds any more, but a demo account ends those of demo accounts only; tells how many."""
    _check_signer(by)
    mine = [TriageSignature.digest == triage.digest, TriageSignature.ended_at.is_(None)]
    if by.is_demo:
        mine.append(TriageSignature.is_demo.is_(True))
    return rows_changed(session.execute(update(TriageSignature).where(*mine).values(ended_at=now, ended_by=by.id)))


def standing(session: Session, triage: Triage) -> list[Standing]:
    """Every signature of this text that holds, the oldest first."""
    holding = TriageSignature.digest == triage.digest, TriageSignature.ended_at.is_(None)
    query = select(TriageSignature, Person).join(Person, Person.id == TriageSignature.signed_by).where(*holding)
    return [Standing(signature, signer) for signature, signer in session.execute(query.order_by(TriageSignature.id))]


def holds_for(session: Session, triage: Triage, *, is_demo: bool) -> bool:
    """Whether somebody's signature lets the questions be asked of such a person."""
    holding = [TriageSignature.digest == triage.digest, TriageSignature.ended_at.is_(None)]
    if not is_demo:
        holding.append(TriageSignature.is_demo.is_(False))
    return session.scalar(select(TriageSignature.id).where(*holding).limit(1)) is not None


def _check_signer(by: Person) -> None:
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician signs this", where="triage")
