"""A named clinician signs a text of a protocol, or takes the signature back. Without one nothing runs by it.

What a demo account signs counts for demo people only: `Person.is_demo` is set where people are made, and never later.
"""

import secrets
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from companion.advice.grammar.cited_numbers import unverified
from companion.advice.grammar.protocol import Protocol, Registry
from companion.advice.models import Plan
from companion.advice.signed.signing_models import ProtocolSignature, SignatureWithdrawal
from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person, Role
from companion.errors import BadInput


def sign(
    session: Session, registry: Registry, protocol_id: str, *, by: Person, accepted: Collection[str], now: datetime
) -> ProtocolSignature:
    """`by` stands for the protocol's text as the registry has it. `accepted`: the keys of every number that nobody
    verified before, which `by` did.

    Raises BadInput for who is no clinician, a protocol that is switched off, and a number that was not accepted.
    """
    protocol = registry.get(protocol_id)
    _check_signer(by)
    if not protocol.is_enabled:
        raise BadInput(f"is switched off: {protocol.why_disabled}", where="protocol", advice="it cannot be signed")
    signature = ProtocolSignature(
        public_id=f"ps_{secrets.token_hex(6)}",
        protocol=protocol.id,
        version=protocol.version,
        text_hash=registry.digests[protocol.id],
        accepted=_accepted(protocol, accepted),
        signed_by=by.id,
        is_demo=by.is_demo,
        signed_at=now,
    )
    session.add(signature)
    _assess_all(session, protocol.id, now)
    audit.note(
        session,
        actor=by.public_id,
        action="signed_protocol",
        now=now,
        protocol=protocol.full_name,
        text=signature.text_hash,
        signature=signature.public_id,
        accepted=sorted(signature.accepted),
        demo=signature.is_demo,
    )
    return signature


def _check_signer(by: Person) -> None:
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician signs a protocol", where="protocol")


def _accepted(protocol: Protocol, keys: Collection[str]) -> dict[str, str]:
    """What was accepted, as it stood there. Raises BadInput naming the first number that was not."""
    needed = {number.key: number.value for number in unverified(protocol)}
    for key in keys:
        if key not in needed:
            raise BadInput(f"{key!r} is no unverified number of {protocol.id}", where="accepted")
    left = [key for key in needed if key not in keys]
    if left:
        raise BadInput(f"{left[0]} is not accepted", where="accepted", advice="verify each number, then accept it")
    return needed


def withdraw(session: Session, signature: ProtocolSignature, *, by: Person, reason: str, now: datetime) -> bool:
    """Takes the signature back. False when it was taken back before. Raises BadInput for who may not, and without a
    reason."""
    _check_signer(by)
    if by.is_demo and not signature.is_demo:
        raise BadInput("a demo account acts on demo data only", where="signature")
    if not reason.strip():
        raise BadInput("a reason is needed", where="reason", advice="write in a few words why")
    # Held first: two who take it back at one instant come one after the other.
    session.refresh(signature, with_for_update={"of": ProtocolSignature})
    if signature.withdrawal is not None:
        return False
    signature.withdrawal = SignatureWithdrawal(withdrawn_by=by.id, reason=reason.strip()[:400], withdrawn_at=now)
    _assess_all(session, signature.protocol, now)
    audit.note(
        session,
        actor=by.public_id,
        action="withdrew_protocol_signature",
        now=now,
        protocol=f"{signature.protocol}@{signature.version}",
        signature=signature.public_id,
    )
    return True


def _assess_all(session: Session, protocol_id: str, now: datetime) -> None:
    """Every patient with a running plan of the protocol is looked at anew."""
    running = select(Plan.patient_id).where(Plan.protocol == protocol_id, Plan.stopped_at.is_(None)).distinct()
    for patient_id in session.scalars(running.order_by(Plan.patient_id)).all():
        due_work.put_off(session, WorkKind.ASSESS, patient_id, now)


def standing(session: Session, registry: Registry, protocol_id: str, patient: Person) -> ProtocolSignature | None:
    """By whose signature the protocol's present text may run for that patient; None: it may not run.

    The oldest, so that a further signature changes nothing; a demo signature for demo people only, and last.
    """
    text = {"protocol": protocol_id, "text_hash": registry.digests.get(protocol_id, "")}
    return session.scalar(_FOR_DEMO if patient.is_demo else _FOR_CARE, text)


_HOLDING = (
    select(ProtocolSignature)
    .outerjoin(SignatureWithdrawal)
    .where(
        ProtocolSignature.protocol == bindparam("protocol"),
        ProtocolSignature.text_hash == bindparam("text_hash"),
        SignatureWithdrawal.id.is_(None),
    )
    .order_by(ProtocolSignature.is_demo, ProtocolSignature.id)
    .limit(1)
)
_FOR_DEMO, _FOR_CARE = _HOLDING, _HOLDING.where(ProtocolSignature.is_demo.is_(False))


def signatures_of(session: Session, protocol_id: str) -> list[ProtocolSignature]:
    """Every signature of the protocol, the newest first, withdrawn ones and those of other texts too."""
    query = select(ProtocolSignature).where(ProtocolSignature.protocol == protocol_id)
    return list(session.scalars(query.order_by(ProtocolSignature.id.desc())))


def get_signature(session: Session, public_id: str) -> ProtocolSignature:
    """The signature with that id, or BadInput."""
    found = session.scalar(select(ProtocolSignature).where(ProtocolSignature.public_id == public_id))
    if found is None:
        raise BadInput(f"no signature {public_id!r}", where="signature", advice="see `companion protocols show`")
    return found
