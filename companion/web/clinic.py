"""The doctor's editor of medicines: the only page on which a dose is set by hand."""

import re
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.advice import filing
from companion.advice.models import Plan
from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision, add_regimen, in_effect_from, in_force, revise
from companion.errors import BadInput
from companion.reminders.rule import Schedule
from companion.reminders.rule_json import parse_rule
from companion.reminders.timetable import plan
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.auth import Answer, needs_fresh_password
from companion.web.context import actor, changes, look, now, subject
from companion.web.forms import Form
from companion.web.schemas import DoseSchema, NewMedicineSchema

blueprint = Blueprint("clinic", __name__)

PREVIEWED = 3
LONGEST_PREVIEW = timedelta(days=60)


@blueprint.route("/clinic/patients/<patient_id>/medicines/new", methods=["GET", "POST"])
@guarded(Action.EDIT_REGIMEN)
@needs_fresh_password
def new_medicine(patient_id: str) -> Answer:
    form = Form(NewMedicineSchema(), {"start_on": _today(), "grace_minutes": 60})
    return _edit(form, None)


@blueprint.route("/clinic/patients/<patient_id>/medicines/<regimen_id>", methods=["GET", "POST"])
@guarded(Action.EDIT_REGIMEN)
@needs_fresh_password
def change_medicine(patient_id: str, regimen_id: str) -> Answer:
    with look() as db:
        regimen = get_own_regimen(db, regimen_id)
        held = in_force(regimen, now())
    return _edit(Form(DoseSchema(), _as_typed(held, len(regimen.revisions))), regimen)


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
    """Shows the form; with what was typed, the next times; and writes it down once they were looked at."""
    preview: list[datetime] = []
    if form.is_valid():
        try:
            rule = rule_of(form.data)
            preview = next_times(rule, form.data["start_on"], form.data["end_on"], subject(), now())
            if form.data["step"] == "prescribe":
                _prescribe(form.data, rule, regimen)
                flash(_("Prescribed in your name. Reminders follow it from now on."))
                return _to_patient()
        except BadInput as bad:
            form.refuse(bad)
    page = render_template(
        "clinic/medicine.html", form=form, patient=subject(), regimen=regimen, preview=preview, words=words
    )
    return page, form.status


def rule_of(data: dict[str, Any]) -> dict[str, Any]:
    """The timetable rule that the form's days and times say: no day ticked is every day. Raises BadInput."""
    times = [f"{time:0>5}" for time in re.split(r"[\s,;，；、]+", data["times"].replace("：", ":")) if time]
    rule: dict[str, Any] = {"kind": "weekdays", "days": data["days"]} if data["days"] else {"kind": "daily"}
    rule["times"] = times
    try:
        parse_rule(rule)
    except BadInput as bad:
        field = "days" if ".days" in bad.where else "times"
        raise BadInput(bad.what, where=field, advice=bad.advice) from None
    return rule


def next_times(
    rule: dict[str, Any], start_on: date, end_on: date | None, patient: Person, at: datetime
) -> list[datetime]:
    """The next instants at which the rule asks for a dose, at most three. Raises BadInput when there is none."""
    schedule = Schedule(ZoneInfo(patient.zone), start_on, end_on, parse_rule(rule))
    begin = max(at, datetime(start_on.year, start_on.month, start_on.day, tzinfo=schedule.zone))
    found = [dose.due_at for dose in islice(plan(schedule, begin, begin + LONGEST_PREVIEW), PREVIEWED)]
    if not found:
        raise BadInput("no dose would ever be due", where="end_on", advice="check the days")
    return found


def _prescribe(data: dict[str, Any], rule: dict[str, Any], regimen: Regimen | None) -> None:
    with changes() as db:
        if regimen is None:
            changed = _add(db, data)
        else:
            changed = get_own_regimen(db, regimen.public_id)
            if data["seen"] != len(changed.revisions):
                abort(412)
        revise(
            db,
            changed,
            by=actor(),
            amount=data["amount"],
            rule=rule,
            start_on=data["start_on"],
            end_on=data["end_on"],
            reason=data["reason"],
            now=now(),
            effective_at=in_effect_from(changed, data["start_on"], ZoneInfo(subject().zone), now()),
        )
        _withdraw_suggestion(db, changed)
        due_work.put_off(db, WorkKind.PLAN, changed.id, now())
        _note(db, "prescribed" if regimen is None else "changed_dose", changed)


def _add(db: Session, data: dict[str, Any]) -> Regimen:
    return add_regimen(
        db,
        patient=subject(),
        drug=data["drug"],
        drug_class=data["drug_class"],
        unit=data["unit"],
        food=data["food"],
        grace_minutes=data["grace_minutes"],
        is_critical=data["is_critical"],
        now=now(),
    )


def _stop(db: Session, regimen: Regimen) -> None:
    regimen.stopped_at = now()
    db.execute(update(Plan).where(Plan.regimen_id == regimen.id, Plan.stopped_at.is_(None)).values(stopped_at=now()))
    _withdraw_suggestion(db, regimen)
    due_work.put_off(db, WorkKind.PLAN, regimen.id, now())
    _note(db, "stopped_medicine", regimen)


def _withdraw_suggestion(db: Session, regimen: Regimen) -> None:
    """A suggestion that starts from a dose which no longer holds must not be approved."""
    waiting = filing.find_pending(db, regimen.id)
    if waiting is not None:
        filing.close(db, waiting.id, filing.SuggestionState.WITHDRAWN, now())


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
    return {
        "amount": held.amount,
        "days": held.rule.get("days", []),
        "times": " ".join(held.rule.get("times", [])),
        "start_on": held.start_on,
        "end_on": held.end_on,
        "seen": seen,
    }


def _today() -> date:
    return now().astimezone(ZoneInfo(subject().zone)).date()


def _to_patient() -> Response:
    return redirect(url_for("patients.summary", patient_id=subject().public_id))
