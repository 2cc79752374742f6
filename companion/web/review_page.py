"""Everything a doctor sees of one suggestion, on one page."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from companion.advice.case import AmountSince
from companion.advice.models import Plan, Review, Suggestion
from companion.advice.protocol import Protocol, Rule, Source
from companion.advice.review import find_review
from companion.care.facts import ClinicalFacts, facts_of
from companion.care.people import Person
from companion.care.regimens import RegimenRevision
from companion.gather import Evidence
from companion.web.context import outside
from companion.web.deciding import evidence_for, is_supported, is_waiting
from companion.web.figures import Figures, figures_of
from companion.web.queue import age_of


@dataclass(frozen=True)
class Look:
    """The evidence as it is now. `may_decide`: it still proposes exactly what is on the page."""

    evidence: Evidence
    may_decide: bool
    last_change: AmountSince | None


@dataclass(frozen=True)
class ReviewPage:
    """`look` None: it was decided on, or it is over; then `review` may say by whom."""

    suggestion: Suggestion
    patient: Person
    age: int | None
    base: RegimenRevision
    facts: ClinicalFacts
    today: date
    figures: Figures
    plan: Plan
    signer: Person
    protocol: Protocol
    rule: Rule | None
    source: Source | None
    look: Look | None
    review: Review | None
    reviewer: Person | None

    @property
    def alternatives(self) -> tuple[Decimal, ...]:
        """Amounts that a doctor may prefer to the proposed one: half of an increase, in whole units. A decrease
        after a low is never made smaller by an offer."""
        start, proposed = self.suggestion.from_amount, self.suggestion.to_amount
        halved = start + (proposed - start) / 2 // 1
        return (halved,) if start < halved < proposed else ()


def review_page(db: Session, suggestion: Suggestion, at: datetime) -> ReviewPage:
    """The page of that suggestion at that instant."""
    patient = db.get_one(Person, suggestion.patient_id)
    plan = db.get_one(Plan, suggestion.plan_id)
    protocol = outside().stores.registry.get(plan.protocol)
    rule = next((rule for rule in protocol.rules if rule.id == suggestion.rule), None)
    review = find_review(db, suggestion.id)
    return ReviewPage(
        suggestion=suggestion,
        patient=patient,
        age=age_of(patient, at),
        base=db.get_one(RegimenRevision, suggestion.base_revision_id),
        facts=facts_of(db, patient.id),
        today=at.astimezone(ZoneInfo(patient.zone)).date(),
        figures=figures_of(db, outside().store, patient, at),
        plan=plan,
        signer=db.get_one(Person, plan.signed_by),
        protocol=protocol,
        rule=rule,
        source=protocol.sources.get(rule.cited.source) if rule and rule.cited.source else None,
        look=_look(db, suggestion, at) if is_waiting(suggestion, at) else None,
        review=review,
        reviewer=db.get_one(Person, review.clinician_id) if review else None,
    )


def _look(db: Session, suggestion: Suggestion, at: datetime) -> Look:
    evidence = evidence_for(db, suggestion, at)
    histories = [r.history for r in evidence.case.regimens if r.id == suggestion.regimen.public_id and r.history]
    return Look(
        evidence=evidence,
        may_decide=is_supported(db, suggestion, evidence, at),
        last_change=histories[0][-1] if histories else None,
    )
