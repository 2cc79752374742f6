"""A patient's medicines as the clinic sees them: how each is taken, its last change and by whom, its plan."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from companion.advice.grammar.protocol import Registry
from companion.advice.models import Plan, ProtocolRun, Suggestion
from companion.advice.signed import plans
from companion.advice.taking_back.withdrawing import find_sent_of
from companion.care.people import Person
from companion.care.regimens import (
    Regimen,
    RegimenRevision,
    active_regimens,
    amount_before,
    awaiting_confirmation,
    coming_change,
    in_force,
    is_in_doubt,
)
from companion.db import rows_of
from companion.reminders.adherence import Figures
from companion.reminders.schedules.pauses import pauses_now_or_to_come
from companion.reminders.schedules.schedule_models import RegimenPause
from companion.web.for_patients.medicines import said_of


@dataclass(frozen=True)
class Medicine:
    """One medicine. `said`: how it is taken; `changed_by` whose act the revision in force is, `before` the amount until
    then; `taken`: of its doses, 14 days."""

    regimen: Regimen
    held: RegimenRevision | None
    said: str
    changed_by: str
    before: Decimal | None
    coming: RegimenRevision | None
    resting: RegimenPause | None
    waits_for_patient: bool
    is_in_doubt: bool
    plan: Plan | None
    taken: Figures | None


@dataclass(frozen=True)
class Acts:
    """What a doctor can do about a medicine, and what its plan said last."""

    may_take_back: Suggestion | None
    may_have_plan: bool
    run: ProtocolRun | None


def medicines_of(
    db: Session, patient: Person, taken: Mapping[str, Figures], language: str, now: datetime
) -> list[Medicine]:
    """The running medicines, in the order in which they were prescribed. `taken`: by their public ids."""
    regimens, running = active_regimens(db, patient.id), _plans(db, patient)
    held = {regimen.id: in_force(regimen, now) for regimen in regimens}
    names = _names(db, {revision.clinician_id for revision in held.values() if revision})
    today = now.astimezone(ZoneInfo(patient.zone)).date()
    resting = pauses_now_or_to_come(db, list(held), today)
    return [
        _medicine(db, regimen, held[regimen.id], names, running, taken.get(regimen.public_id), language, resting, now)
        for regimen in regimens
    ]


def _medicine(
    db: Session,
    regimen: Regimen,
    held: RegimenRevision | None,
    names: Mapping[int, str],
    running: Mapping[int, Plan],
    taken: Figures | None,
    language: str,
    resting: Mapping[int, RegimenPause],
    now: datetime,
) -> Medicine:
    return Medicine(
        regimen=regimen,
        held=held,
        said=said_of(db, regimen, held, language) if held else "",
        changed_by=names[held.clinician_id] if held else "",
        before=amount_before(regimen, held) if held else None,
        coming=coming_change(regimen, now),
        resting=resting.get(regimen.id),
        waits_for_patient=awaiting_confirmation(regimen) is not None,
        is_in_doubt=is_in_doubt(regimen),
        plan=running.get(regimen.id),
        taken=taken,
    )


def acts_of(db: Session, known: Registry, medicines: Collection[Medicine]) -> dict[int, Acts]:
    """By the medicine's row."""
    return {
        medicine.regimen.id: Acts(
            may_take_back=find_sent_of(db, medicine.regimen),
            may_have_plan=bool(plans.protocols_for(known, medicine.regimen)),
            run=db.get(ProtocolRun, medicine.plan.id) if medicine.plan else None,
        )
        for medicine in medicines
    }


def _plans(db: Session, patient: Person) -> dict[int, Plan]:
    """By each medicine that it may change the newest plan that nobody ended."""
    found = db.scalars(_RUNNING, {"patient": patient.id}).unique()
    return {medicine: plan for plan in found for medicine in plan.medicine_ids}


_RUNNING = (
    select(Plan)
    .where(Plan.patient_id == bindparam("patient"), Plan.stopped_at.is_(None))
    .order_by(Plan.id)
    .options(joinedload(Plan.steps))
)


def _names(db: Session, ids: Collection[int]) -> dict[int, str]:
    rows = rows_of(db, select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row[0]: row[1] for row in rows}
