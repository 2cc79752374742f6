"""Everything a doctor sees of one suggestion, on one page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, joinedload

from companion.advice.assessing.case import AmountSince, Case, GlucoseReading
from companion.advice.deciding.filing import SuggestionState
from companion.advice.deciding.putting_off import latest
from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.deciding.what_changed import what_changed
from companion.advice.grammar.protocol import Protocol, Rule, Source
from companion.advice.models import Plan, Suggestion
from companion.care.facts import ClinicalFacts, facts_of
from companion.care.names import name_of
from companion.care.people import Person
from companion.care.regimens import RegimenRevision
from companion.gather import Evidence
from companion.readings.reading import Metric
from companion.web.charting.charts import Chart
from companion.web.charting.figures import course_of, readings_of_course
from companion.web.context import outside
from companion.web.for_doctors.deciding import evidence_for, is_supported, is_waiting
from companion.web.for_doctors.past import Past, past_decisions
from companion.web.for_doctors.queue import age_of
from companion.web.for_doctors.standing import Standing, standing_of

PUT_OFF_HOURS = (1, 2, 4, 8, 24, 48, 72, 120)
"""For how long a decision is offered to be put off, as far as the suggestion waits so long."""
VALUES = 3
MEASURED = {"glucose": Metric.GLUCOSE, "bp": Metric.BLOOD_PRESSURE}
"""By the kind of protocol."""


@dataclass(frozen=True)
class Look:
    """The evidence as it is now. `may_decide`: it still proposes exactly what is on the page. `may_sign`: nothing has
    changed since a second signature was asked for."""

    suggestion: Suggestion
    evidence: Evidence
    may_decide: bool
    may_sign: bool
    last_change: AmountSince | None
    values: tuple[GlucoseReading, ...]

    @property
    def news(self) -> list[dict[str, Any]]:
        """What was not known when it was proposed (`what_changed`): only asked for where a decision came too late."""
        return what_changed(self.suggestion.evidence, self.evidence.snapshot)


@dataclass(frozen=True)
class ReviewPage:
    """`look` None: it was decided on, or it is over; then `standing.review` may say by whom."""

    suggestion: Suggestion
    reader: Person
    at: datetime
    patient: Person
    age: int | None
    base: RegimenRevision
    facts: ClinicalFacts
    chart: Chart | None
    plan: Plan
    signer: str
    protocol: Protocol
    rule: Rule | None
    source: Source | None
    look: Look | None
    standing: Standing
    successor: str | None
    past: list[Past]

    @property
    def today(self) -> date:
        """The patient's local day."""
        return self.at.astimezone(ZoneInfo(self.patient.zone)).date()

    @property
    def state(self) -> str:
        """What became of it; one past its time has expired, whether or not anybody noted that yet."""
        is_over = self.suggestion.state == SuggestionState.PENDING
        return SuggestionState.EXPIRED.value if is_over else self.suggestion.state

    @property
    def ended(self) -> Mapping[str, Any] | None:
        """Why nobody had to decide."""
        return self.suggestion.ended_because

    @property
    def is_mine(self) -> bool:
        """Whether the reader holds it."""
        return self.standing.holder is not None and self.standing.holder.id == self.reader.id

    @property
    def next_look_on(self) -> date:
        """The first local day of the next proposal, if the change is in force today."""
        return self.today + timedelta(days=self.protocol.hold_off_days)

    @property
    def put_off_hours(self) -> tuple[int, ...]:
        last = latest(self.suggestion)
        return tuple(hours for hours in PUT_OFF_HOURS if self.at + timedelta(hours=hours) <= last)

    @property
    def smaller(self) -> Decimal | None:
        """Half of an insulin's increase, in whole units. A decrease after a low is never made smaller by an offer."""
        start, proposed = self.suggestion.from_amount, self.suggestion.to_amount
        halved = start + (proposed - start) / 2 // 1
        return halved if self.suggestion.unit == "U" and start < halved < proposed else None

    @property
    def lower(self) -> Decimal | None:
        """One step below the lower of the two amounts."""
        start, proposed = self.suggestion.from_amount, self.suggestion.to_amount
        below = min(start, proposed) - abs(proposed - start)
        return below if below > 0 else None


def review_page(db: Session, suggestion: Suggestion, reader: Person, at: datetime) -> ReviewPage:
    """The page of that suggestion at that instant, for that doctor."""
    patient = db.get_one(Person, suggestion.patient_id)
    plan = db.get_one(Plan, suggestion.plan_id, options=[joinedload(Plan.steps)])
    protocol = outside().stores.registry.get(plan.protocol)
    rule = next((rule for rule in protocol.rules if rule.id == suggestion.rule), None)
    standing = standing_of(db, suggestion, at)
    successor = db.get(Suggestion, suggestion.superseded_by) if suggestion.superseded_by else None
    look = _look(db, suggestion, standing.opinion, at) if is_waiting(suggestion, at) else None
    return ReviewPage(
        suggestion=suggestion,
        reader=reader,
        at=at,
        patient=patient,
        age=age_of(patient, at),
        base=db.get_one(RegimenRevision, suggestion.base_revision_id),
        facts=look.evidence.facts if look else facts_of(db, patient.id),
        chart=_chart(db, patient, protocol, look, at),
        plan=plan,
        signer=name_of(db, plan.signed_by),
        protocol=protocol,
        rule=rule,
        source=protocol.sources.get(rule.cited.source) if rule and rule.cited.source else None,
        look=look,
        standing=standing,
        successor=successor.public_id if successor else None,
        past=past_decisions(db, suggestion),
    )


def _chart(db: Session, patient: Person, protocol: Protocol, look: Look | None, at: datetime) -> Chart | None:
    """Of the values that the assessment was made from, as far as the chart goes back."""
    metric = MEASURED[protocol.kind]
    if look is None:
        return course_of(db, patient, at, metric, readings_of_course(db, outside().store, patient, at, metric))
    measured = look.evidence.measured
    return course_of(db, patient, at, metric, measured.glucose if metric is Metric.GLUCOSE else measured.pressures)


def _look(db: Session, suggestion: Suggestion, opinion: SecondOpinion | None, at: datetime) -> Look:
    evidence = evidence_for(db, suggestion, at)
    histories = [r.history for r in evidence.case.regimens if r.id == suggestion.regimen.public_id and r.history]
    return Look(
        suggestion=suggestion,
        evidence=evidence,
        may_decide=is_supported(db, suggestion, evidence, at),
        may_sign=opinion is not None and opinion.shown_digest == evidence.digest,
        last_change=histories[0][-1] if histories else None,
        values=_fasting(evidence.case),
    )


def _fasting(case: Case) -> tuple[GlucoseReading, ...]:
    """The last values that somebody labelled fasting, the newest first."""
    labelled = [reading for reading in case.glucose if reading.meal == "fasting" and reading.mg_dl is not None]
    return tuple(sorted(labelled, key=lambda reading: reading.at, reverse=True)[:VALUES])
