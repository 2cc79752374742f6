"""Signing a plan: a clinician lets one protocol run for a medicine, within terms, until a day."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from companion.advice.assessing.candidates import FOR_PRESSURE
from companion.advice.grammar.protocol import Registry
from companion.advice.signed import plans
from companion.advice.signed.plan_terms import MOST_STEPS, Taken, latest_end, most_a_day
from companion.advice.signed.plans import Offered
from companion.care import audit
from companion.errors import BadInput
from companion.gather import Evidence, preview
from companion.web import advice_words, protocol_words, words
from companion.web.access import Action, guarded
from companion.web.auth import Answer, needs_fresh_password
from companion.web.clinic import get_own_regimen
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.forms import Form
from companion.web.plan_forms import PlanSchema, terms_of

blueprint = Blueprint("plans", __name__)


@blueprint.route("/clinic/patients/<patient_id>/medicines/<regimen_id>/plan", methods=["GET", "POST"])
@guarded(Action.SIGN_PLAN)
@needs_fresh_password
def sign(patient_id: str, regimen_id: str) -> Answer:
    """The protocols made for the medicine, the terms of the chosen one, what it would say today, and the signature."""
    with look() as db:
        regimen = get_own_regimen(db, regimen_id)
        found = plans.offered(db, _registry(), regimen)
        taken = plans.taken_by(db, subject().id, now())
    form = Form(PlanSchema(), {"ends_on": latest_end(_today())})
    shown = None
    if form.is_valid():
        try:
            if form.data["step"] == "sign":
                _sign(regimen_id, form.data)
                flash(_("The plan is signed. It only proposes; every change still waits for a doctor."))
                return redirect(url_for("patients.summary", patient_id=patient_id))
            shown = _preview(regimen_id, form.data)
        except BadInput as bad:
            form.refuse(bad)
    chosen = _chosen(found)
    page = render_template(
        "clinic/plan.html",
        form=form,
        patient=subject(),
        regimen=regimen,
        found=found,
        chosen=chosen,
        most=most_a_day(chosen.protocol, regimen.drug) if chosen else None,
        for_pressure=_for_pressure(taken),
        rows=range(1, MOST_STEPS + 1),
        preview=shown,
        digest=_registry().digest,
        latest_end=latest_end(_today()),
        words=words,
        told=advice_words,
        protocol_words=protocol_words,
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


def _registry() -> Registry:
    return outside().stores.registry


def _chosen(found: Sequence[Offered]) -> Offered | None:
    """The signed protocol that was asked for; where there is no choice, the only one."""
    signed = [each for each in found if each.signature]
    wanted = request.values.get("protocol")
    if wanted is None and len(signed) == 1:
        return signed[0]
    return next((each for each in signed if each.protocol.id == wanted), None)


def _for_pressure(taken: Sequence[Taken]) -> list[tuple[str, str]]:
    """The medicines that a step of a plan may name, as choices."""
    named = [each for each in taken if each.drug_class in FOR_PRESSURE and each.times]
    return [("", ""), *((each.id, f"{each.drug} ({protocol_words.plain(each.amount)} {each.unit})") for each in named)]


def _sign(regimen_id: str, data: dict[str, Any]) -> None:
    """Signs in the name of who is here. Raises BadInput; 412 if the protocols changed since the page was read."""
    if data["digest"] != _registry().digest:
        abort(412)
    with changes() as db:
        regimen = get_own_regimen(db, regimen_id)
        plans.sign(db, _registry(), regimen, by=actor(), terms=terms_of(data), today=_today(), now=now())


def _preview(regimen_id: str, data: dict[str, Any]) -> Evidence:
    """What the plan would say today, were it signed. Nothing is kept."""
    with look() as db:
        regimen = get_own_regimen(db, regimen_id)
        terms = terms_of(data)
        return preview(db, outside().store, _registry(), regimen, by=actor(), terms=terms, today=_today(), now=now())


def _today() -> date:
    return now().astimezone(ZoneInfo(subject().zone)).date()
