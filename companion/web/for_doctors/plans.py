"""Signing a plan: a clinician lets one protocol run for a medicine, within terms, until a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from companion.advice.assessing.candidates import FOR_PRESSURE
from companion.advice.grammar.protocol import Registry
from companion.advice.models import Plan
from companion.advice.signed import plans
from companion.advice.signed.plan_terms import MOST_STEPS, Taken, Terms, latest_end, most_a_day
from companion.advice.signed.plans import Offered
from companion.care import audit
from companion.care.people import LANGUAGES, Person
from companion.care.regimens import Regimen, in_force
from companion.errors import BadInput
from companion.gather import Evidence, preview
from companion.reminders.schedules.prescribing import next_times
from companion.reminders.schedules.rule import Schedule
from companion.reminders.schedules.rule_json import parse_rule
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.for_doctors.clinic import get_own_regimen
from companion.web.for_doctors.differences import Difference, differences
from companion.web.for_doctors.plan_forms import PlanSchema, as_typed, terms_of
from companion.web.forms import Form
from companion.web.in_words import advice_words, protocol_words
from companion.web.in_words.plan_words import plan_lines, plan_sentence, terms_of_plan

blueprint = Blueprint("plans", __name__)


@blueprint.route("/clinic/patients/<patient_id>/medicines/<regimen_id>/plan", methods=["GET", "POST"])
@guarded(Action.SIGN_PLAN)
@needs_fresh_password
def sign(patient_id: str, regimen_id: str) -> Answer:
    """The protocols made for the medicine, the terms of the chosen one, what it would say today, and the signature."""
    desk = _desk(regimen_id)
    form = Form(PlanSchema(), {"ends_on": latest_end(_today())} | desk.as_typed)
    shown, is_overtaken = None, False
    if form.is_valid():
        is_overtaken = form.data["digest"] != _registry().digest or form.data["seen"] != desk.number
        try:
            if form.data["step"] == "sign" and not is_overtaken:
                _sign(regimen_id, form.data)
                flash(_("The plan is signed. It only proposes; every change still waits for a doctor."))
                return redirect(url_for("patients.medicines", patient_id=patient_id))
            shown = _preview(regimen_id, form.data)
        except BadInput as bad:
            form.refuse(bad)
        except plans.PlanChanged:  # between our look and our signature
            desk, is_overtaken = _desk(regimen_id), True
    return _page(desk, form, shown, is_overtaken=is_overtaken)


@dataclass(frozen=True)
class Desk:
    """What the signer works with. `running`: the plan that is in the way of a new one, and who signed it."""

    regimen: Regimen
    found: Sequence[Offered]
    taken: Sequence[Taken]
    running: Plan | None
    signer: str

    @property
    def number(self) -> int:
        """Of the plan that runs: whoever signs says which one they saw."""
        return self.running.id if self.running else plans.NO_PLAN

    @property
    def as_typed(self) -> dict[str, Any]:
        return as_typed(terms_of_plan(self.running)) if self.running else {}


def _desk(regimen_id: str) -> Desk:
    with look() as db:
        regimen = get_own_regimen(db, regimen_id)
        running = plans.running(db, regimen)
        if running:
            terms_of_plan(running)  # its steps and their medicines are read while there is a session
        return Desk(
            regimen=regimen,
            found=plans.offered(db, _registry(), regimen),
            taken=plans.taken_by(db, subject().id, now()),
            running=running,
            signer=db.get_one(Person, running.signed_by).name if running else "",
        )


@dataclass(frozen=True)
class Preview:
    """Before the signature: the plan in both languages, what it changes, and what it would say today."""

    words: tuple[tuple[str, str], ...]
    changes: Sequence[Difference]
    evidence: Evidence
    times: Sequence[datetime]


def _page(desk: Desk, form: Form, shown: Preview | None, *, is_overtaken: bool) -> Answer:
    chosen = _chosen(desk)
    page = render_template(
        "clinic/plan.html",
        form=form,
        patient=subject(),
        regimen=desk.regimen,
        found=desk.found,
        chosen=chosen,
        most=most_a_day(chosen.protocol, desk.regimen.drug) if chosen else None,
        for_pressure=_for_pressure(desk.taken),
        rows=range(1, MOST_STEPS + 1),
        running=desk.running,
        running_lines=_lines(desk, terms_of_plan(desk.running)) if desk.running else {},
        signer=desk.signer,
        seen=desk.number,
        is_overtaken=is_overtaken,
        preview=shown,
        digest=_registry().digest,
        latest_end=latest_end(_today()),
        words=words,
        told=advice_words,
        protocol_words=protocol_words,
    )
    return page, 412 if is_overtaken else form.status


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
        return redirect(url_for("patients.medicines", patient_id=patient_id))
    with look() as db:
        regimen = get_own_regimen(db, regimen_id)
    return render_template("clinic/end_plan.html", patient=subject(), regimen=regimen)


def _registry() -> Registry:
    return outside().stores.registry


def _chosen(desk: Desk) -> Offered | None:
    """The signed protocol that was asked for, else the one that runs; where there is no choice, the only one."""
    signed = [each for each in desk.found if each.signature]
    wanted = request.values.get("protocol") or (desk.running.protocol if desk.running else None)
    if wanted is None and len(signed) == 1:
        return signed[0]
    return next((each for each in signed if each.protocol.id == wanted), None)


def _for_pressure(taken: Sequence[Taken]) -> list[tuple[str, str]]:
    """The medicines that a step of a plan may name, as choices."""
    named = [each for each in taken if each.drug_class in FOR_PRESSURE and each.times]
    return [("", ""), *((each.id, f"{each.drug} ({protocol_words.plain(each.amount)} {each.unit})") for each in named)]


def _sign(regimen_id: str, data: dict[str, Any]) -> None:
    """Signs in the name of who is here. Raises BadInput, or PlanChanged."""
    with changes() as db:
        plans.sign(
            db,
            _registry(),
            get_own_regimen(db, regimen_id),
            by=actor(),
            terms=terms_of(data),
            today=_today(),
            now=now(),
            seen=data["seen"],
            reason=data["reason"],
        )


def _preview(regimen_id: str, data: dict[str, Any]) -> Preview:
    """What the plan changes, and what it would say today, were it signed. Nothing is kept."""
    desk, terms = _desk(regimen_id), terms_of(data)
    with look() as db:
        regimen = get_own_regimen(db, regimen_id)
        evidence = preview(
            db, outside().store, _registry(), regimen, by=actor(), terms=terms, today=_today(), now=now()
        )
    before = _lines(desk, terms_of_plan(desk.running)) if desk.running else {}
    protocol = _registry().get(terms.protocol)
    return Preview(
        words=tuple((name, plan_sentence(name, terms, protocol, regimen.drug)) for name in LANGUAGES),
        changes=differences(before, _lines(desk, terms)),
        evidence=evidence,
        times=_next_times(regimen),
    )


def _lines(desk: Desk, terms: Terms) -> dict[str, str]:
    known = _registry().protocols.get(terms.protocol)
    title = _(known.title) if known else terms.protocol
    return plan_lines(terms, title, {each.id: each.drug for each in desk.taken})


def _next_times(regimen: Regimen) -> Sequence[datetime]:
    """When the medicine is next taken, by its calendar: the days on which a change could first be felt."""
    held = in_force(regimen, now())
    if held is None:
        return ()
    schedule = Schedule(ZoneInfo(subject().zone), held.start_on, held.end_on, parse_rule(held.rule))
    return next_times(schedule, now())


def _today() -> date:
    return now().astimezone(ZoneInfo(subject().zone)).date()
