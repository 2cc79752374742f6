"""Patients who asked to be erased: the administrator carries it out, or says why not."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.erasure_requests import (
    LONGEST_REASON,
    SETTLED_WITHIN,
    ErasureRequest,
    RequestState,
    find_request,
    settle,
    waiting_requests,
)
from companion.care.people import Person
from companion.erasing.erase import Places, erase
from companion.errors import BadInput, Unavailable
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.forms import Form
from companion.web.schemas import FormSchema

blueprint = Blueprint("erasure_office", __name__, url_prefix="/admin/erasure-requests")


class RefuseSchema(FormSchema):
    why_not = fields.Str(load_default="", validate=validate.Length(max=LONGEST_REASON))


def patient_of_request(session: Session, request_id: str) -> Person | None:
    """Who asked: for the gate."""
    found = find_request(session, request_id)
    return session.get(Person, found.patient_id) if found else None


@blueprint.get("")
@guarded(Action.SETTLE_ERASURE)
def index() -> str:
    with look() as db:
        waiting = waiting_requests(db)
    return render_template("erasure_office/index.html", waiting=waiting, within=SETTLED_WITHIN)


@blueprint.get("/<request_id>")
@guarded(Action.SETTLE_ERASURE, patient_of=patient_of_request)
@needs_fresh_password
def one(request_id: str) -> str:
    return _page(request_id, Form(RefuseSchema()))


@blueprint.post("/<request_id>/erase")
@guarded(Action.SETTLE_ERASURE, patient_of=patient_of_request)
@needs_fresh_password
def carry_out(request_id: str) -> Response:
    """Once the wish is written down the erasure goes on by itself, whatever happens to this request."""
    _waiting(request_id)
    stores, keep_years = outside().stores, outside().settings.keep_approvals_years
    stores.check_open()
    patient = subject().public_id
    try:
        erase(Places(stores, outside().originals), patient, by=patient, now=now(), keep_years=keep_years)
        told = _("Erased. The proof is kept.")
    except (BadInput, Unavailable):
        told = _("Begun. Not everything can be reached just now; it goes on by itself.")
    _settle(request_id, RequestState.DONE)
    flash(told)
    return redirect(url_for(".index"))


@blueprint.post("/<request_id>/refuse")
@guarded(Action.SETTLE_ERASURE, patient_of=patient_of_request)
@needs_fresh_password
def refuse(request_id: str) -> Answer:
    form = Form(RefuseSchema())
    if form.is_valid():
        try:
            _settle(request_id, RequestState.REFUSED, form.data["why_not"])
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Noted. The patient reads the reason."))
            return redirect(url_for(".index"))
    return _page(request_id, form), form.status


def _page(request_id: str, form: Form) -> str:
    request = _waiting(request_id)
    years = outside().settings.keep_approvals_years
    return render_template("erasure_office/one.html", form=form, request=request, patient=subject(), years=years)


def _waiting(request_id: str) -> ErasureRequest:
    """What is settled is no page any more."""
    with look() as db:
        request = find_request(db, request_id)
    if request is None or request.state != RequestState.ASKED:
        abort(409)
    return request


def _settle(request_id: str, state: RequestState, why_not: str = "") -> None:
    with changes() as db:
        request = find_request(db, request_id) or abort(404)
        if not settle(db, request, state, actor(), now(), why_not):
            abort(409)
        audit.note(
            db,
            actor=actor().public_id,
            action=f"erasure.{state.value}",
            now=now(),
            patient=subject().public_id,
            request=request_id,
        )
