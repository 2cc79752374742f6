"""What is said when an assessment itself failed: a hold that proposes nothing, never the last proposal. Pure."""

from companion.advice.assessing.case import Case, GateResult, Outcome
from companion.advice.assessing.gates import GATES
from companion.advice.assessing.reasons import reason
from companion.advice.grammar.protocol import Registry


def hold_of_failure(case: Case, registry: Registry) -> Outcome:
    """No gate is known to have passed. Raises BadInput for an unknown protocol."""
    return Outcome(
        outcome="hold",
        protocol=registry.get(case.plan.protocol).full_name,
        rule=None,
        action="none",
        from_amount=None,
        to_amount=None,
        unit=None,
        regimen=None,
        gates=tuple(GateResult(gate.id, passed=False, value=None, limit=None) for gate in GATES),
        reasons=(reason("failed"),),
        asks=(),
        expires_at=None,
        registry_digest=registry.digest,
    )
