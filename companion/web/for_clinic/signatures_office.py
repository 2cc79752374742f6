"""Which protocols a clinician stands for, for whoever administers the clinic. Only read: signing is a clinician's."""

from collections import defaultdict
from dataclasses import dataclass

from flask import Blueprint, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from companion.advice.grammar.protocol import Protocol
from companion.advice.signed.signing_models import ProtocolSignature, SignatureWithdrawal
from companion.web.access import Action, guarded
from companion.web.context import look, outside

blueprint = Blueprint("signatures_office", __name__)


@dataclass(frozen=True)
class Signed:
    """A protocol as this installation has it, and its signatures, the newest first."""

    protocol: Protocol
    text_hash: str
    signatures: list[ProtocolSignature]

    @property
    def may_run(self) -> bool:
        """Whether somebody stands for its present text; a demo signature does so for demo people only."""
        return any(self.is_present(each) and not each.is_demo and each.withdrawal is None for each in self.signatures)

    def is_present(self, signature: ProtocolSignature) -> bool:
        return signature.text_hash == self.text_hash


@blueprint.get("/clinic/signatures")
@guarded(Action.SEE_SIGNATURES)
def index() -> str:
    registry = outside().stores.registry
    with look() as db:
        by_protocol = _signatures(db)
        found = [
            Signed(protocol, registry.digests[protocol.id], by_protocol[protocol.id])
            for protocol in registry.protocols.values()
        ]
        return render_template("service/signatures.html", found=found)


def _signatures(db: Session) -> defaultdict[str, list[ProtocolSignature]]:
    withdrawn = joinedload(ProtocolSignature.withdrawal).joinedload(SignatureWithdrawal.withdrawer)
    found: defaultdict[str, list[ProtocolSignature]] = defaultdict(list)
    for signature in db.scalars(select(ProtocolSignature).options(withdrawn).order_by(ProtocolSignature.id.desc())):
        found[signature.protocol].append(signature)
    return found
