"""Whether two running plans of a patient pull in opposite directions: gate G13, two_protocols_disagree."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.grammar.protocol import Registry
from companion.advice.models import Plan, ProtocolRun

DISAGREE = "two_protocols_disagree"


def another_lowers(session: Session, registry: Registry, plan: Plan) -> bool:
    """Whether another running plan, for glucose as this one or for blood pressure as this one, asked for less when it
    was assessed last. Only an increase is to be held back by it: a decrease may be for safety."""
    query = (
        select(Plan.protocol, ProtocolRun.outcome)
        .join(ProtocolRun, ProtocolRun.plan_id == Plan.id)
        .where(Plan.patient_id == plan.patient_id, Plan.stopped_at.is_(None))
        .where(Plan.regimen_id.not_in(plan.medicine_ids))
    )
    kind = registry.get(plan.protocol).kind
    return any(
        told["outcome"]["action"] == "decrease" and _kind(registry, protocol) == kind
        for protocol, told in session.execute(query)
    )


def _kind(registry: Registry, protocol_id: str) -> str | None:
    found = registry.protocols.get(protocol_id)
    return found.kind if found else None
