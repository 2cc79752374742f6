"""A plan's rows as an assessment reads them: the plan of a case."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from companion.advice.assessing.case import Plan as CasePlan
from companion.advice.assessing.case import PlanStep as CaseStep
from companion.advice.assessing.case import PressureTarget
from companion.advice.grammar.protocol import Registry
from companion.advice.models import Plan, PlanStep
from companion.advice.signed.signing_models import ProtocolSignature
from companion.care.names import name_of
from companion.care.regimens import Regimen


def plan_of_case(
    session: Session, plan: Plan, registry: Registry, signature: ProtocolSignature | None, now: datetime, today: date
) -> CasePlan:
    """The plan on the patient's local day `today`. `signature`: by which the protocol may run, if any."""
    is_as_signed = registry.digests.get(plan.protocol) == plan.protocol_hash
    is_running = plan.stopped_at is None or plan.stopped_at > now
    return CasePlan(
        protocol=plan.protocol,
        version=plan.version if is_as_signed else f"{plan.version} (another text was signed)",
        target_low=plan.target_low,
        target_high=plan.target_high,
        max_daily=plan.max_daily,
        signed_by=name_of(session, plan.signed_by) if is_running else None,
        ends_on=plan.ends_on,
        signed_at=plan.signed_at,
        targets_profile=plan.targets_profile,
        target=_pressure_target(plan),
        hbpm_experience_days=_experience(plan.measures_since_on, today),
        steps=tuple(_steps_to_come(session, plan, now)),
        is_protocol_signed=signature is not None,
    )


def _pressure_target(plan: Plan) -> PressureTarget | None:
    if plan.target_systolic is None or plan.target_diastolic is None:
        return None
    return PressureTarget(plan.target_systolic, plan.target_diastolic)


def _experience(since: date | None, today: date) -> int:
    return max(0, (today - since).days) if since else 0


def _steps_to_come(session: Session, plan: Plan, now: datetime) -> Iterable[CaseStep]:
    """Those not reached since the plan was signed. One that was taken back for low values stays behind: nobody is
    led up the same step twice without a new signature."""
    for step in plan.steps:
        regimen = session.get_one(Regimen, step.regimen_id)
        if not _was_reached(step, _held_since(regimen, plan.signed_at, now)):
            yield CaseStep(regimen.drug, regimen.drug_class, step.amount, regimen.unit)


def _was_reached(step: PlanStep, held: Iterable[Decimal]) -> bool:
    return any(amount >= step.amount for amount in held)


def _held_since(regimen: Regimen, since: datetime, now: datetime) -> Iterable[Decimal]:
    """The amounts in force at some time from `since` to `now`."""
    in_effect = [r for r in regimen.revisions if r.effective_at is not None and r.effective_at <= now]
    for revision, following in zip(in_effect, [*in_effect[1:], None], strict=True):
        ended_at = following.effective_at if following else None
        if ended_at is None or ended_at > since:
            yield revision.amount
