"""What the patient reads of a change that was taken back: what holds now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from companion.advice.models import Withdrawal
from companion.advice.taking_back.acknowledging import unacknowledged
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision, in_force, is_in_doubt, must_check_first


@dataclass(frozen=True)
class TakenBack:
    """One of them. `amount`: what to take; None where that is said elsewhere, or has to be asked first."""

    regimen: Regimen
    doctor: str
    amount: Decimal | None
    is_in_doubt: bool


def taken_back_of(db: Session, patient: Person, at: datetime) -> tuple[TakenBack, ...]:
    """What the patient has still to acknowledge."""
    return tuple(_shown(db, withdrawal, at) for withdrawal in unacknowledged(db, patient.id))


def in_doubt_among(regimens: Iterable[Regimen]) -> tuple[Regimen, ...]:
    """Those of which no amount is told until the doctor has prescribed anew."""
    return tuple(regimen for regimen in regimens if is_in_doubt(regimen))


def _shown(db: Session, withdrawal: Withdrawal, at: datetime) -> TakenBack:
    revision = db.get_one(RegimenRevision, withdrawal.revision_id)
    regimen = db.get_one(Regimen, revision.regimen_id)
    held = in_force(regimen, at)
    doctor = db.get_one(Person, withdrawal.clinician_id).name
    amount = held.amount if held and not must_check_first(regimen) else None
    return TakenBack(regimen, doctor, amount, is_in_doubt(regimen))
