"""What waits for a doctor: suggestions, by risk and then by age (`queue_order`)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from companion.advice.deciding.filing import SuggestionState
from companion.advice.deciding.leases import holder_of
from companion.advice.deciding.putting_off import is_put_off
from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.models import Suggestion
from companion.advice.signed.signing_models import ProtocolSignature
from companion.care.people import Person, age_on
from companion.care.regimens import Regimen
from companion.db import rows_of
from companion.web.for_doctors.found import Found, Key, found_in
from companion.web.for_doctors.listed import LISTED, Listed
from companion.web.for_doctors.queue_order import About, Marks, risk_of


class Proposed(NamedTuple):
    """A suggestion, as far as a list tells of it. `is_demo`: a demo account signed the protocol; None: nobody did."""

    id: int
    public_id: str
    drug: str
    action: str
    from_amount: Decimal
    to_amount: Decimal
    unit: str
    is_urgent: bool
    created_at: datetime
    claimed_by: int | None
    claimed_until: datetime | None
    put_off_until: datetime | None
    is_demo: bool | None


class Doctor(NamedTuple):
    """Who does something about one."""

    id: int
    name: str


@dataclass(frozen=True)
class Waiting:
    """One suggestion in the queue. `holder` is deciding on it just now, `asked_by` wants a second signature, `found`
    is what was found when it was made."""

    suggestion: Proposed
    patient: Listed
    age: int | None
    marks: Marks
    found: Found
    holder: Doctor | None = None
    asked_by: Doctor | None = None

    @property
    def about(self) -> About:
        return self.found.about

    @property
    def measured(self) -> tuple[int, int] | None:
        """Values, and the days they are of."""
        return self.found.measured


def waiting_of(db: Session, patients: Sequence[Person], at: datetime) -> list[Waiting]:
    """The suggestions about those patients that a doctor is to decide on."""
    theirs = Suggestion.patient_id.in_([patient.id for patient in patients])
    return [each for each in pending_of(db, theirs, at) if not each.marks.is_put_off]


def pending_of(db: Session, theirs: ColumnElement[bool], at: datetime, covered: Collection[int] = ()) -> list[Waiting]:
    """Those that were put off, too, in the order of the queue. `theirs`: about whom; `covered`: the patients of doctors
    who are away.

    One look at the table for all.
    """
    rows = [_parted(row) for row in rows_of(db, _PENDING.where(theirs), {"at": at})]
    found = found_in(db, {each.suggestion.id: each.key for each in rows})
    doctors = _doctors(db, [holder_of(each.suggestion, at) for each in rows] + [each.proposed_by for each in rows])
    waiting = [_waiting(each, found[each.key], doctors, at, each.patient.id in covered) for each in rows]
    return sorted(waiting, key=lambda each: (risk_of(each.marks), each.suggestion.created_at, each.suggestion.id))


class _Pending(NamedTuple):
    """A row of `_PENDING`. `proposed_by`: who wants a second signature; `digest`: of the evidence."""

    suggestion: Proposed
    patient: Listed
    proposed_by: int | None
    digest: str

    @property
    def key(self) -> Key:
        return self.digest, self.suggestion.action


_PROPOSED = (
    Suggestion.id, Suggestion.public_id, Regimen.drug, Suggestion.action, Suggestion.from_amount, Suggestion.to_amount,
    Suggestion.unit, Suggestion.is_urgent, Suggestion.created_at, Suggestion.claimed_by, Suggestion.claimed_until,
    Suggestion.put_off_until, ProtocolSignature.is_demo,
)  # fmt: skip
_IS_OPEN = (SecondOpinion.suggestion_id == Suggestion.id) & SecondOpinion.ended_at.is_(None)
_PENDING = (
    select(
        *_PROPOSED,
        *LISTED,
        SecondOpinion.proposed_by,
        Suggestion.digest,
    )
    .join(Person, Person.id == Suggestion.patient_id)
    .join(Regimen, Regimen.id == Suggestion.regimen_id)
    .outerjoin(ProtocolSignature, ProtocolSignature.id == Suggestion.signature_id)
    .outerjoin(SecondOpinion, _IS_OPEN)
    .where(Suggestion.state == SuggestionState.PENDING.value, Suggestion.expires_at >= bindparam("at"))
)


def _parted(row: Sequence[Any]) -> _Pending:
    ends = len(_PROPOSED), len(_PROPOSED) + len(LISTED)
    return _Pending(Proposed._make(row[: ends[0]]), Listed._make(row[ends[0] : ends[1]]), *row[ends[1] :])


def _waiting(row: _Pending, found: Found, doctors: dict[int, Doctor], at: datetime, is_covered: bool) -> Waiting:
    suggestion, is_second = row.suggestion, row.proposed_by is not None
    marks = Marks(
        is_urgent=suggestion.is_urgent,
        action=suggestion.action,
        is_covered=is_covered,
        is_second=is_second,
        is_question=found.is_asked or is_second,
        is_put_off=is_put_off(suggestion, at),
    )
    holder, asked_by = doctors.get(holder_of(suggestion, at) or 0), doctors.get(row.proposed_by or 0)
    return Waiting(suggestion, row.patient, row.patient.age_at(at), marks, found, holder, asked_by)


def _doctors(db: Session, ids: Iterable[int | None]) -> dict[int, Doctor]:
    wanted = {each for each in ids if each is not None}
    query = select(Person.id, Person.name).where(Person.id.in_(wanted))
    return {row.id: Doctor(*row) for row in rows_of(db, query)} if wanted else {}


def age_of(patient: Person, at: datetime) -> int | None:
    """Full years on the patient's own calendar."""
    return age_on(patient.birth_on, at.astimezone(ZoneInfo(patient.zone)).date()) if patient.birth_on else None
