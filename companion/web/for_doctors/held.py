"""Plans that propose nothing and ask for something: urgent first, then as they were assessed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, lazyload

from companion.advice.models import Plan, ProtocolRun
from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.web.access import Whose


@dataclass(frozen=True)
class Held:
    """A plan that proposes nothing and asks for something."""

    patient: Person
    regimen: Regimen
    asks: tuple[str, ...]
    is_urgent: bool
    assessed_at: datetime


def held_of(db: Session, whose: Whose) -> list[Held]:
    """The running plans whose last assessment ended in a hold with a question, or in an alarm without a dose.

    What it came to is picked out of the whole by the database: the evidence beside it is large.
    """
    query = (
        select(ProtocolRun.outcome["outcome"].label("told"), ProtocolRun.assessed_at, Plan, Person)
        .join(Plan, Plan.id == ProtocolRun.plan_id)
        .join(Person, Person.id == Plan.patient_id)
        .where(whose(Plan.patient_id), Plan.stopped_at.is_(None))
        .options(joinedload(Plan.regimen).lazyload(Regimen.revisions), lazyload(Plan.steps))
        .order_by(ProtocolRun.assessed_at)
    )
    found = [_held(told, at, plan, patient) for told, at, plan, patient in db.execute(query)]
    return sorted((held for held in found if held), key=lambda held: not held.is_urgent)


def _held(told: Mapping[str, Any], assessed_at: datetime, plan: Plan, patient: Person) -> Held | None:
    is_urgent = told["outcome"] == "urgent"
    if told["action"] != "none" or plan.regimen.stopped_at is not None or not (told["asks"] or is_urgent):
        return None
    return Held(patient, plan.regimen, tuple(told["asks"]), is_urgent, assessed_at)
