"""Signing a plan: a clinician lets one protocol run for one medicine, within bounds, until a day."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.advice import registry
from companion.advice.guardrails import HARD_LIMITS, MAX_PLAN_DAYS
from companion.advice.models import Plan
from companion.advice.protocol import Protocol
from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.regimens import Regimen
from companion.errors import BadInput
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.auth import Answer, needs_fresh_password
from companion.web.clinic import get_own_regimen
from companion.web.context import actor, changes, look, now, subject
from companion.web.forms import Form
from companion.web.schemas import PlanSchema

blueprint = Blueprint("plans", __name__)

LOWEST_TARGET, HIGHEST_TARGET = Decimal(70), Decimal(250)
"""mg/dL. Below 70 is a low (G07) and 250 an urgent value (protocols.yaml, hyper): no target lies beyond them."""


@blueprint.route("/clinic/patients/<patient_id>/medicines/<regimen_id>/plan", methods=["GET", "POST"])
@guarded(Action.SIGN_PLAN)
@needs_fresh_password
def sign(patient_id: str, regimen_id: str) -> Answer:
    with look() as db:
        regimen = get_own_regimen(db, regimen_id)
    fitting = protocols_for(regimen)
    form = Form(PlanSchema(), {"protocol": next((each.id for each in fitting), ""), "ends_on": _latest_end()})
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
        latest_end=_latest_end(),
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
            stop_running(db, regimen)
            _note(db, "ended_plan", regimen)
        flash(_("The plan is ended. Nothing more is proposed for this medicine."))
        return redirect(url_for("patients.summary", patient_id=patient_id))
    with look() as db:
        regimen = get_own_regimen(db, regimen_id)
    return render_template("clinic/end_plan.html", patient=subject(), regimen=regimen)


def protocols_for(regimen: Regimen) -> list[Protocol]:
    """The protocols that are switched on and made for this class and unit."""
    return [
        protocol
        for protocol in registry.load().protocols.values()
        if protocol.is_enabled and regimen.drug_class in protocol.drug_classes and regimen.unit == protocol.unit
    ]


def running_plan(db: Session, regimen: Regimen) -> Plan | None:
    """The newest plan signed for the medicine and not ended by a person."""
    query = select(Plan).where(Plan.regimen_id == regimen.id, Plan.stopped_at.is_(None)).order_by(Plan.id.desc())
    return db.scalar(query.limit(1))


def stop_running(db: Session, regimen: Regimen) -> None:
    db.execute(update(Plan).where(Plan.regimen_id == regimen.id, Plan.stopped_at.is_(None)).values(stopped_at=now()))


def _sign(regimen_id: str, data: dict[str, Any]) -> None:
    """Writes the plan down and ends the one before it. Raises BadInput; 412 if the protocols changed meanwhile."""
    texts = registry.load()
    if data["digest"] != texts.digest:
        abort(412)
    with changes() as db:
        regimen = get_own_regimen(db, regimen_id)
        protocol = next((each for each in protocols_for(regimen) if each.id == data["protocol"]), None)
        if protocol is None:
            raise BadInput("is not made for this medicine", where="protocol", advice="choose another")
        _check_bounds(data, protocol)
        stop_running(db, regimen)
        db.add(
            Plan(
                patient_id=subject().id,
                regimen_id=regimen.id,
                protocol=protocol.id,
                version=protocol.version,
                protocol_hash=texts.digests[protocol.id],
                target_low=data["target_low"],
                target_high=data["target_high"],
                max_daily=data["max_daily"],
                signed_by=actor().id,
                signed_at=now(),
                ends_on=data["ends_on"],
            )
        )
        due_work.put_off(db, WorkKind.ASSESS, subject().id, now())
        _note(db, "signed_plan", regimen, protocol=protocol.full_name, text=texts.digests[protocol.id])


def _check_bounds(data: dict[str, Any], protocol: Protocol) -> None:
    for field in ("target_low", "target_high"):
        if not LOWEST_TARGET <= data[field] <= HIGHEST_TARGET:
            raise BadInput("is not between 70 and 250 mg/dL", where=field, advice="write it in mg/dL")
    if data["target_low"] >= data["target_high"]:
        raise BadInput("is not above the lower one", where="target_high")
    most = most_a_day(protocol)
    if not 0 < data["max_daily"] <= most:
        raise BadInput(
            f"is not between 0 and {most} {protocol.unit}", where="max_daily", advice="no plan may go beyond"
        )
    if not _today() <= data["ends_on"] <= _latest_end():
        raise BadInput("is not within 90 days", where="ends_on", advice="sign again when it ends")


def most_a_day(protocol: Protocol) -> Decimal:
    """The most a day that the protocol and the limits in the code allow."""
    limits = [HARD_LIMITS[name].max_daily for name in protocol.drug_classes if name in HARD_LIMITS]
    if "daily" in protocol.limits:
        limits.append(protocol.limits["daily"].value)
    return min(limits)


def _today() -> date:
    return now().astimezone(ZoneInfo(subject().zone)).date()


def _latest_end() -> date:
    return _today() + timedelta(days=MAX_PLAN_DAYS)


def _note(db: Session, action: str, regimen: Regimen, **details: str) -> None:
    audit.note(
        db,
        actor=actor().public_id,
        action=action,
        now=now(),
        patient=subject().public_id,
        regimen=regimen.public_id,
        **details,
    )
