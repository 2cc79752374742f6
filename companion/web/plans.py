"""Signing a plan: a clinician lets one protocol run for one medicine, within bounds, until a day."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from companion.advice import plans, registry
from companion.advice.plan_terms import Terms, latest_end
from companion.care import audit
from companion.errors import BadInput
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.auth import Answer, needs_fresh_password
from companion.web.clinic import get_own_regimen
from companion.web.context import actor, changes, look, now, subject
from companion.web.forms import Form
from companion.web.schemas import PlanSchema

blueprint = Blueprint("plans", __name__)


@blueprint.route("/clinic/patients/<patient_id>/medicines/<regimen_id>/plan", methods=["GET", "POST"])
@guarded(Action.SIGN_PLAN)
@needs_fresh_password
def sign(patient_id: str, regimen_id: str) -> Answer:
    with look() as db:
        regimen = get_own_regimen(db, regimen_id)
    fitting = plans.protocols_for(registry.load(), regimen)
    form = Form(
        PlanSchema(), {"protocol": next((each.id for each in fitting), ""), "ends_on": latest_end(_today())}
    )
    if form.is_valid():
        try:
            _sign(regimen_id, form.data)
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("The plan is signed. It only proposes; every change still waits for a doctor."))
            return redirect(url_for("patients.summary", patient_id=patient_id))
    page = render_template(
        "clinic/plan.html",
        form=form,
        patient=subject(),
        regimen=regimen,
        protocols=fitting,
        protocol_choices=[(each.id, _(each.title)) for each in fitting],
        digest=registry.load().digest,
        latest_end=latest_end(_today()),
        words=words,
    )
    return page, form.status


@blueprint.route("/clinic/patients/<patient_id>/medicines/<regimen_id>/plan/end", methods=["GET", "POST"])
@guarded(Action.SIGN_PLAN)
@needs_fresh_password
def end(patient_id: str, regimen_id: str) -> Answer:
    if request.method == "POST":
        with changes() as db:
            regimen = get_own_regimen(db, regimen_id)
            plans.end_running(db, regimen, now())
            audit.note(
                db,
                actor=actor().public_id,
                action="ended_plan",
                now=now(),
                patient=subject().public_id,
                regimen=regimen.public_id,
            )
        flash(_("The plan is ended. Nothing more is proposed for this medicine."))
        return redirect(url_for("patients.summary", patient_id=patient_id))
    with look() as db:
        regimen = get_own_regimen(db, regimen_id)
    return render_template("clinic/end_plan.html", patient=subject(), regimen=regimen)


def _sign(regimen_id: str, data: dict[str, Any]) -> None:
    """Signs in the name of who is here. Raises BadInput; 412 if the protocols changed since the page was read."""
    texts = registry.load()
    if data["digest"] != texts.digest:
        abort(412)
    terms = Terms(data["protocol"], data["target_low"], data["target_high"], data["max_daily"], data["ends_on"])
    with changes() as db:
        regimen = get_own_regimen(db, regimen_id)
        plans.sign(db, texts, regimen, by=actor(), terms=terms, today=_today(), now=now())


def _today() -> date:
    return now().astimezone(ZoneInfo(subject().zone)).date()
