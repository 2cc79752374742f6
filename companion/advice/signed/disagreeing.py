"""Whether two running plans of a patient pull in opposite directions: gate G13, two_protocols_disagree."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from companion.advice.grammar.protocol import Registry
from companion.advice.models import Plan, ProtocolRun
from companion.db import rows_of

DISAGREE = "two_protocols_disagree"


def another_lowers(session: Session, registry: Registry, plan: Plan) -> bool:
    """Whether another running plan, for glucose as this one or for blood pressure as this one, asked for less when it
    was assessed last. Only an increase is to be held back by it: a decrease may be for safety."""
    kind = registry.get(plan.protocol).kind
    others = {"patient": plan.patient_id, "medicines": list(plan.medicine_ids)}
    return any(
        told["outcome"]["action"] == "decrease" and _kind(registry, protocol) == kind
        for protocol, told in rows_of(session, _OTHERS, others)
    )


_OTHERS = (
    select(Plan.protocol, ProtocolRun.outcome)
    .join(ProtocolRun, ProtocolRun.plan_id == Plan.id)
    .where(Plan.patient_id == bindparam("patient"), Plan.stopped_at.is_(None))
    .where(Plan.regimen_id.not_in(bindparam("medicines", expanding=True)))
)


def _kind(registry: Registry, protocol_id: str) -> str | None:
    found = registry.protocols.get(protocol_id)
    return found.kind if found else None
