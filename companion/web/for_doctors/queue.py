"""What waits for a doctor: suggestions, by risk and then by age (`queue_order`)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, bindparam, select
from sqlalchemy.orm import Session, defer, joinedload

from companion.advice.deciding.filing import SuggestionState
from companion.advice.deciding.leases import holder_of
from companion.advice.deciding.putting_off import is_put_off
from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.models import Suggestion
from companion.care.people import Person, age_on
from companion.care.regimens import Regimen
from companion.web.for_doctors.queue_order import About, Lines, Marks, about_of, measured_on_days, risk_of


@dataclass(frozen=True)
class Waiting:
    """One suggestion in the queue. `holder` is deciding on it just now, `asked_by` wants a second signature, `lines`
    are what was found when it was made."""

    suggestion: Suggestion
    patient: Person
    age: int | None
    marks: Marks
    holder: Person | None = None
    asked_by: Person | None = None
    lines: Lines = ()

    @property
    def about(self) -> About:
        return about_of(self.suggestion.action, self.lines)

    @property
    def measured(self) -> tuple[int, int] | None:
        """Values, and the days they are of."""
        return measured_on_days(self.lines)


def waiting_of(db: Session, patients: Sequence[Person], at: datetime) -> list[Waiting]:
    """The suggestions about those patients that a doctor is to decide on."""
    theirs = Suggestion.patient_id.in_([patient.id for patient in patients])
    return [each for each in pending_of(db, theirs, at) if not each.marks.is_put_off]


def pending_of(db: Session, theirs: ColumnElement[bool], at: datetime, covered: Collection[int] = ()) -> list[Waiting]:
    """Those that were put off, too, in the order of the queue. `theirs`: about whom; `covered`: the patients of doctors
    who are away.

    One look at the table for all. What was found is picked out of the evidence by the database: whole, it is large.
    """
    found = db.execute(_PENDING.where(theirs), {"at": at}).all()
    doctors = _people(db, [holder_of(row.Suggestion, at) for row in found] + [row.proposed_by for row in found])
    waiting = [_waiting(row, doctors, at, row.Suggestion.patient_id in covered) for row in found]
    return sorted(waiting, key=lambda each: (risk_of(each.marks), each.suggestion.created_at, each.suggestion.id))


_IS_OPEN = (SecondOpinion.suggestion_id == Suggestion.id) & SecondOpinion.ended_at.is_(None)
_PENDING = (
    select(
        Suggestion,
        Person,
        SecondOpinion.proposed_by,
        Suggestion.evidence["lines"].label("lines"),
        Suggestion.evidence["outcome"]["asks"].label("asks"),
    )
    .join(Person, Person.id == Suggestion.patient_id)
    .outerjoin(SecondOpinion, _IS_OPEN)
    .where(Suggestion.state == SuggestionState.PENDING.value, Suggestion.expires_at >= bindparam("at"))
    .options(
        defer(Suggestion.evidence),
        joinedload(Suggestion.regimen).lazyload(Regimen.revisions),
        joinedload(Suggestion.signature),
    )
)


def _waiting(
    row: Row[Suggestion, Person, int | None, Any, Any],
    doctors: dict[int, Person],
    at: datetime,
    is_covered: bool,
) -> Waiting:
    suggestion = row.Suggestion
    marks = Marks(
        is_urgent=suggestion.is_urgent,
        action=suggestion.action,
        is_covered=is_covered,
        is_second=row.proposed_by is not None,
        is_question=bool(row.asks) or row.proposed_by is not None,
        is_put_off=is_put_off(suggestion, at),
    )
    holder, asked_by = doctors.get(holder_of(suggestion, at) or 0), doctors.get(row.proposed_by or 0)
    return Waiting(suggestion, row.Person, age_of(row.Person, at), marks, holder, asked_by, row.lines or ())


def _people(db: Session, ids: Iterable[int | None]) -> dict[int, Person]:
    wanted = {each for each in ids if each is not None}
    return {each.id: each for each in db.scalars(select(Person).where(Person.id.in_(wanted)))} if wanted else {}


def age_of(patient: Person, at: datetime) -> int | None:
    """Full years on the patient's own calendar."""
    return age_on(patient.birth_on, at.astimezone(ZoneInfo(patient.zone)).date()) if patient.birth_on else None
