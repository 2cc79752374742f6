"""The patient asks to have everything erased: what goes and what the law keeps is said first; it can be withdrawn."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import fields
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.erasure_requests import (
    SETTLED_WITHIN,
    ErasureRequest,
    RequestState,
    ask_erasure,
    latest_request,
    settle,
)
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.forms import Form
from companion.web.language import marked
from companion.web.schemas import FormSchema

blueprint = Blueprint("erase_me", __name__, url_prefix="/my-data/delete")


class AskSchema(FormSchema):
    understood = fields.Str(
        required=True, error_messages={"required": marked("Tick that you have understood it, or go back.")}
    )


@blueprint.get("")
@guarded(Action.ASK_ERASURE)
def index() -> str:
    with look() as db:
        request = latest_request(db, subject().id)
    return render_template(
        "patient/delete.html",
        patient=subject(),
        request=request,
        years=outside().settings.keep_approvals_years,
        days=SETTLED_WITHIN.days,
    )


@blueprint.route("/ask", methods=["GET", "POST"])
@guarded(Action.ASK_ERASURE)
@needs_fresh_password
def ask() -> Answer:
    """Whoever only holds the telephone cannot ask for it."""
    form = Form(AskSchema())
    if form.is_valid():
        with changes() as db:
            request = ask_erasure(db, subject(), now())
            _note(db, "erasure.requested", request)
        flash(_("Noted. The clinic was asked."))
        return redirect(url_for(".index"))
    return render_template("patient/delete_ask.html", form=form), form.status


@blueprint.post("/withdraw")
@guarded(Action.ASK_ERASURE)
def withdraw() -> Response:
    with changes() as db:
        request = latest_request(db, subject().id)
        is_withdrawn = request is not None and settle(db, request, RequestState.WITHDRAWN, actor(), now())
        if request is not None and is_withdrawn:
            _note(db, "erasure.withdrawn", request)
    flash(_("Withdrawn. Everything stays as it is.") if is_withdrawn else _("Nothing was waiting any more."))
    return redirect(url_for(".index"))


def _note(db: Session, action: str, request: ErasureRequest) -> None:
    patient = subject().public_id
    audit.note(db, actor=actor().public_id, action=action, now=now(), patient=patient, request=request.public_id)
