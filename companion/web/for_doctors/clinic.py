"""The doctor's editor of medicines: the only page on which a dose is set by hand."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.advice.deciding import filing
from companion.advice.signed import plans
from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.regimens import (
    DEFAULT_GRACE_MINUTES,
    DEFAULT_NAG_MINUTES,
    Regimen,
    RegimenRevision,
    active_regimens,
    add_regimen,
    check_nagging,
    in_effect_from,
    in_force,
    revise,
    set_nagging,
)
from companion.errors import BadInput
from companion.reminders.schedules.prescribing import Prescribable
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.for_doctors.prescription_preview import Preview, lines_held, nagging, previewed, typed_rule
from companion.web.for_doctors.rule_forms import KINDS, field_of, typed_from
from companion.web.forms import Form
from companion.web.schemas import DoseSchema, NewMedicineSchema

blueprint = Blueprint("clinic", __name__)


@blueprint.route("/clinic/patients/<patient_id>/medicines/new", methods=["GET", "POST"])
@guarded(Action.EDIT_REGIMEN)
@needs_fresh_password
def new_medicine(patient_id: str) -> Answer:
    usual = {"grace_minutes": DEFAULT_GRACE_MINUTES, "nag_minutes": DEFAULT_NAG_MINUTES, "nag_times": 0}
    form = Form(NewMedicineSchema(), {"start_on": _today()} | usual)
    return _edit(form, None)


@blueprint.route("/clinic/patients/<patient_id>/medicines/<regimen_id>", methods=["GET", "POST"])
@guarded(Action.EDIT_REGIMEN)
@needs_fresh_password
def change_medicine(patient_id: str, regimen_id: str) -> Answer:
    with look() as db:
        regimen = get_own_regimen(db, regimen_id)
        held = in_force(regimen, now())
    repeats = {"nag_minutes": regimen.nag_minutes, "nag_times": regimen.nag_times}
    return _edit(Form(DoseSchema(), _as_typed(held, len(regimen.revisions)) | repeats), regimen)


@blueprint.route("/clinic/patients/<patient_id>/medicines/<regimen_id>/stop", methods=["GET", "POST"])
@guarded(Action.EDIT_REGIMEN)
@needs_fresh_password
def stop_medicine(patient_id: str, regimen_id: str) -> Answer:
    if request.method == "POST":
        with changes() as db:
            _stop(db, get_own_regimen(db, regimen_id))
        flash(_("Stopped. No more reminders go out for it."))
        return _to_patient()
    with look() as db:
        regimen = get_own_regimen(db, regimen_id)
    return render_template("clinic/stop.html", patient=subject(), regimen=regimen)


def get_own_regimen(db: Session, regimen_id: str) -> Regimen:
    """A running medicine of the patient this page is about; anything else is not found."""
    found = db.scalar(
        select(Regimen).where(
            Regimen.public_id == regimen_id, Regimen.patient_id == subject().id, Regimen.stopped_at.is_(None)
        )
    )
    return found or abort(404)


def _edit(form: Form, regimen: Regimen | None) -> Answer:
    """Shows the form; with what was typed, the rule in words and its next times; and writes it down once they were
    looked at."""
    preview, is_overtaken = None, False
    if form.is_valid():
        is_overtaken = regimen is not None and form.data["seen"] != len(regimen.revisions)
        try:
            typed = typed_rule(form.data, regimen)
            check_nagging(*nagging(form.data, regimen))
            preview = previewed(typed, form.data, regimen)
            if form.data["step"] == "prescribe" and not is_overtaken:
                _prescribe(form.data, typed.checked, regimen)
                flash(_("Prescribed in your name. Reminders follow it from now on."))
                return _to_patient()
        except BadInput as bad:
            form.refuse(BadInput(bad.what, where=field_of(bad.where, form.data["kind"]), advice=bad.advice))
        except _Overtaken:  # between our look and our writing
            is_overtaken = True
    return _page(form, regimen, preview, is_overtaken=is_overtaken)


class _Overtaken(Exception):
    """Somebody else changed the medicine meanwhile."""


def _page(form: Form, regimen: Regimen | None, preview: Preview | None, *, is_overtaken: bool) -> Answer:
    """The form with what holds now, which may be newer than what was read when the request began."""
    with look() as db:
        mine = active_regimens(db, subject().id)
        regimen = get_own_regimen(db, regimen.public_id) if regimen else None
        held = in_force(regimen, now()) if regimen else None
        held_by = db.get_one(Person, held.clinician_id).name if held else ""
    page = render_template(
        "clinic/medicine.html",
        form=form,
        patient=subject(),
        regimen=regimen,
        kind=_kind(form),
        kinds=KINDS,
        others=[(other.public_id, other.drug) for other in mine if regimen is None or other.id != regimen.id],
        preview=preview,
        held=held,
        held_by=held_by,
        held_lines=lines_held(regimen, held) if regimen and held else {},
        is_overtaken=is_overtaken,
        words=words,
    )
    return page, 412 if is_overtaken else form.status


def _kind(form: Form) -> str:
    """Which form is shown: of the kind that was posted, asked for in the address, or that holds now."""
    kind = request.form.get("kind") or request.args.get("kind") or str(form.defaults.get("kind", "daily"))
    return kind if kind in KINDS else "daily"


def _prescribe(data: dict[str, Any], checked: Prescribable, regimen: Regimen | None) -> None:
    with changes() as db:
        if regimen is None:
            changed = _add(db, data)
        else:
            changed = get_own_regimen(db, regimen.public_id)
            if data["seen"] != len(changed.revisions):
                raise _Overtaken
            set_nagging(changed, *nagging(data, changed))
        revise(
            db,
            changed,
            by=actor(),
            amount=checked.amount,
            rule=checked.as_json,
            start_on=data["start_on"],
            end_on=data["end_on"],
            reason=data["reason"],
            now=now(),
            effective_at=in_effect_from(changed, data["start_on"], ZoneInfo(subject().zone), now()),
        )
        _take_back_suggestion(db, changed)
        due_work.put_off(db, WorkKind.PLAN, changed.id, now())
        _note(db, "prescribed" if regimen is None else "changed_dose", changed)


def _add(db: Session, data: dict[str, Any]) -> Regimen:
    nag_minutes, nag_times = nagging(data, None)
    return add_regimen(
        db,
        patient=subject(),
        drug=data["drug"],
        drug_class=data["drug_class"],
        unit=data["unit"],
        food=data["food"],
        grace_minutes=data["grace_minutes"],
        is_critical=data["is_critical"],
        nag_minutes=nag_minutes,
        nag_times=nag_times,
        now=now(),
    )


def _stop(db: Session, regimen: Regimen) -> None:
    regimen.stopped_at = now()
    _take_back_suggestion(db, regimen)
    plans.end_running(db, regimen, now())
    due_work.put_off(db, WorkKind.PLAN, regimen.id, now())
    _note(db, "stopped_medicine", regimen)


def _take_back_suggestion(db: Session, regimen: Regimen) -> None:
    """A suggestion that starts from a dose which no longer holds must not be approved."""
    waiting = filing.find_pending(db, regimen.id)
    if waiting is not None:
        filing.close(db, waiting.id, filing.SuggestionState.SUPERSEDED, now())


def _note(db: Session, action: str, regimen: Regimen) -> None:
    audit.note(
        db,
        actor=actor().public_id,
        action=action,
        now=now(),
        patient=subject().public_id,
        regimen=regimen.public_id,
    )


def _as_typed(held: RegimenRevision | None, seen: int) -> dict[str, Any]:
    """What the form shows of the present dose. `seen` tells later whether somebody changed it meanwhile."""
    if held is None:
        return {"start_on": _today(), "seen": seen}
    return typed_from(held.rule, subject().zone) | {
        "amount": held.amount,
        "start_on": held.start_on,
        "end_on": held.end_on,
        "seen": seen,
    }


def _today() -> date:
    return now().astimezone(ZoneInfo(subject().zone)).date()


def _to_patient() -> Response:
    return redirect(url_for("patients.medicines", patient_id=subject().public_id))
