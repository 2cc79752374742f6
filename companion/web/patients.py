"""The clinic's view of its patients: the list, and one page with everything about one of them."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.grammar import registry
from companion.advice.models import Plan, ProtocolRun, Suggestion
from companion.advice.signed import plans
from companion.advice.taking_back.withdrawing import find_sent_of
from companion.care.facts import facts_of
from companion.care.people import Person, age_on
from companion.care.records import About, has_open_conflict
from companion.care.regimens import (
    Regimen,
    RegimenRevision,
    active_regimens,
    awaiting_confirmation,
    coming_change,
    in_force,
    is_in_doubt,
)
from companion.devices.models import Device
from companion.reminders.adherence import WINDOW_DAYS
from companion.reminders.outcomes import figures_by_medicine
from companion.reminders.schedules.pauses import pause_now_or_to_come
from companion.reminders.schedules.schedule_models import RegimenPause
from companion.web import words
from companion.web.access import Action, guarded, guarded_list, patients_for
from companion.web.alarm_words import SAID_SHOWN_FOR, said_about
from companion.web.context import actor, look, now, outside, shows, subject
from companion.web.figures import figures_of
from companion.web.language import language
from companion.web.medicines import said_of
from companion.web.reaching import lines_of

blueprint = Blueprint("patients", __name__)


@dataclass(frozen=True)
class Medicine:
    """One medicine as the staff's page shows it."""

    regimen: Regimen
    held: RegimenRevision | None
    said: str
    coming: RegimenRevision | None
    resting: RegimenPause | None
    waits_for_patient: bool
    is_in_doubt: bool
    may_take_back: Suggestion | None
    may_have_plan: bool
    plan: Plan | None
    run: ProtocolRun | None


@blueprint.get("/clinic/patients")
@guarded_list(Action.SEE_PATIENT)
def index() -> str:
    with look() as db:
        patients = patients_for(db, actor(), Action.SEE_PATIENT, now())
    shows([])  # names and ages
    ages = {patient.id: _age(patient) for patient in patients}
    return render_template("clinic/patients.html", patients=patients, ages=ages, words=words)


@blueprint.get("/clinic/patients/<patient_id>")
@guarded(Action.SEE_PATIENT)
def summary(patient_id: str) -> str:
    with look() as db:
        patient = subject()
        return render_template(
            "clinic/patient.html",
            patient=patient,
            age=_age(patient),
            facts=facts_of(db, patient.id),
            medicines=[_medicine(db, regimen) for regimen in active_regimens(db, patient.id)],
            heard=said_about(db, patient, now() - SAID_SHOWN_FOR),
            taken=figures_by_medicine(db, patient, now(), WINDOW_DAYS),
            devices=_devices(db, patient),
            reached=lines_of(db, patient),
            figures=figures_of(db, outside().store, patient, now()),
            words=words,
            contradicted=has_open_conflict(db, patient.id, frozenset(About)),
        )


def _age(patient: Person) -> int | None:
    today: date = now().astimezone(ZoneInfo(patient.zone)).date()
    return age_on(patient.birth_on, today) if patient.birth_on else None


def _medicine(db: Session, regimen: Regimen) -> Medicine:
    plan, held = plans.running(db, regimen), in_force(regimen, now())
    return Medicine(
        regimen=regimen,
        held=held,
        said=said_of(db, regimen, held, language()) if held else "",
        coming=coming_change(regimen, now()),
        resting=pause_now_or_to_come(db, regimen.id, now().astimezone(ZoneInfo(subject().zone)).date()),
        waits_for_patient=awaiting_confirmation(regimen) is not None,
        is_in_doubt=is_in_doubt(regimen),
        may_take_back=find_sent_of(db, regimen),
        may_have_plan=bool(plans.protocols_for(registry.load(), regimen)),
        plan=plan,
        run=db.get(ProtocolRun, plan.id) if plan else None,
    )


def _devices(db: Session, patient: Person) -> list[Device]:
    query = select(Device).where(Device.patient_id == patient.id).order_by(Device.last_seen_at.desc())
    return list(db.scalars(query))
