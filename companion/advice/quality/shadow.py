"""A protocol in the shadow: evaluated beside the plans that run, shown to nobody, compared with what doctors did."""

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.advice.assessing.case import Outcome
from companion.advice.assessing.guardrails import MAX_PLAN_DAYS
from companion.advice.grammar.protocol import Registry
from companion.advice.models import Plan, Review, Suggestion
from companion.advice.quality.quality_models import ShadowRun, ShadowTrial
from companion.advice.signed.plans import protocols_for
from companion.care import audit
from companion.care.people import Person, Role
from companion.care.regimens import Regimen
from companion.db import rows_changed
from companion.errors import BadInput

FOLLOWED_WITHIN = timedelta(days=3)
"""So long after a day of the trial a doctor's change still counts as the answer to what was known on that day. [P]"""


def start(
    session: Session, registry: Registry, protocol_id: str, *, by: Person, ends_on: date, today: date, now: datetime
) -> ShadowTrial:
    """Evaluates the protocol's present text from now on, in the name of `by`. Raises BadInput naming what cannot be."""
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician starts a trial", where="protocol")
    protocol = registry.get(protocol_id)
    if not protocol.is_enabled:
        raise BadInput(f"is switched off: {protocol.why_disabled}", where="protocol", advice="choose another")
    if not today < ends_on <= today + timedelta(days=MAX_PLAN_DAYS):
        raise BadInput("is not within 90 days", where="ends_on", advice="start again when it ends")
    if any(each.protocol == protocol_id for each in running(session, registry, today)):
        raise BadInput("runs in the shadow already", where="protocol")
    trial = ShadowTrial(
        public_id=f"sh_{secrets.token_hex(6)}",
        protocol=protocol.id,
        version=protocol.version,
        text_hash=registry.digests[protocol.id],
        started_by=by.id,
        started_at=now,
        ends_on=ends_on,
    )
    session.add(trial)
    audit.note(
        session, actor=by.public_id, action="shadow.started", now=now, protocol=protocol.full_name, text=trial.text_hash
    )
    return trial


def stop(session: Session, trial: ShadowTrial, *, by: Person, now: datetime) -> bool:
    """Ends the trial; its report stays. False when it was ended before."""
    open_one = ShadowTrial.id == trial.id, ShadowTrial.stopped_at.is_(None)
    changed = session.execute(update(ShadowTrial).where(*open_one).values(stopped_at=now))
    if rows_changed(changed) == 0:
        return False
    audit.note(session, actor=by.public_id, action="shadow.stopped", now=now, protocol=trial.protocol)
    return True


def running(session: Session, registry: Registry, today: date) -> list[ShadowTrial]:
    """The trials of texts that this version still has, until and on their last day."""
    query = select(ShadowTrial).where(ShadowTrial.stopped_at.is_(None), ShadowTrial.ends_on >= today)
    found = session.scalars(query.order_by(ShadowTrial.id))
    return [trial for trial in found if registry.digests.get(trial.protocol) == trial.text_hash]


def is_made_for(trial: ShadowTrial, plan: Plan, registry: Registry) -> bool:
    """Whether it can be held against that plan: another protocol for the same medicine."""
    made_for = {protocol.id for protocol in protocols_for(registry, plan.regimen)}
    return trial.protocol != plan.protocol and trial.protocol in made_for


def keep(session: Session, trial: ShadowTrial, plan: Plan, outcome: Outcome, today: date, now: datetime) -> None:
    """One row a medicine and local day: the last word of that day."""
    regimen = session.scalars(select(Regimen).where(Regimen.public_id == outcome.regimen)).one_or_none()
    of = {"trial_id": trial.id, "regimen_id": regimen.id if regimen else plan.regimen_id, "local_on": today}
    run = session.scalars(select(ShadowRun).filter_by(**of)).one_or_none()
    if run is None:
        run = ShadowRun(**of, patient_id=plan.patient_id)
        session.add(run)
    run.plan_id, run.evaluated_at = plan.id, now
    run.outcome, run.rule, run.action = outcome.outcome, outcome.rule, outcome.action
    run.from_amount, run.to_amount = outcome.from_amount, outcome.to_amount
    session.flush()


@dataclass(frozen=True)
class Report:
    """Days of medicines, by what the trial said and what a doctor did within three days: (said, did) → days."""

    trial: ShadowTrial
    days: int
    people: int
    rules: list[tuple[str, int]]
    compared: dict[tuple[str, str], int]

    @property
    def agreed(self) -> int:
        return sum(days for (said, did), days in self.compared.items() if said == did)


def report(session: Session, trial: ShadowTrial) -> Report:
    """What the trial said so far beside what doctors did."""
    runs = session.scalars(select(ShadowRun).where(ShadowRun.trial_id == trial.id).order_by(ShadowRun.id)).all()
    changes = _changes(session, {run.regimen_id for run in runs})
    compared = Counter((run.action, _did(run, changes.get(run.regimen_id, []))) for run in runs)
    rules = Counter(run.rule for run in runs if run.rule and run.action != "none")
    return Report(trial, len(runs), len({run.patient_id for run in runs}), rules.most_common(), dict(compared))


def trials(session: Session) -> list[ShadowTrial]:
    """All, the newest first."""
    return list(session.scalars(select(ShadowTrial).order_by(ShadowTrial.id.desc())))


def get_trial(session: Session, public_id: str) -> ShadowTrial:
    """The trial with that id, or BadInput."""
    found = session.scalar(select(ShadowTrial).where(ShadowTrial.public_id == public_id))
    if found is None:
        raise BadInput(f"no trial {public_id!r}", where="trial", advice="see `companion protocols shadow`")
    return found


def _changes(session: Session, regimens: set[int]) -> dict[int, list[tuple[datetime, str]]]:
    """When doctors changed those medicines by a decision on a suggestion, and which way."""
    query = (
        select(Suggestion.regimen_id, Review.decided_at, Review.amount, Suggestion.from_amount)
        .join(Suggestion, Suggestion.id == Review.suggestion_id)
        .where(Suggestion.regimen_id.in_(regimens), Review.amount.is_not(None))
    )
    found: dict[int, list[tuple[datetime, str]]] = {}
    for row in session.execute(query):
        did = "increase" if row.amount > row.from_amount else "decrease"
        found.setdefault(row.regimen_id, []).append((row.decided_at, did))
    return found


def _did(run: ShadowRun, changes: Sequence[tuple[datetime, str]]) -> str:
    within = run.evaluated_at - timedelta(days=1), run.evaluated_at + FOLLOWED_WITHIN
    return next((did for at, did in changes if within[0] < at <= within[1]), "none")
