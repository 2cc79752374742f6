"""The first questions of the pharmacist desk for the clinic: what is asked, its hours, and who stands for it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.errors import BadInput
from companion.programme.desk.triage_file import TRIAGE
from companion.programme.desk.triage_signing import sign_triage, standing, withdraw_signatures
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.forms import Form
from companion.web.schemas import FormSchema

blueprint = Blueprint("triage_office", __name__, url_prefix="/clinic/triage")


class SignSchema(FormSchema):
    """`seen`: the digest of the text that was read."""

    seen = fields.Str(required=True)
    read = fields.Bool(required=True, validate=validate.Equal(True))


@blueprint.get("")
@guarded(Action.SIGN_TRIAGE)
def index() -> str:
    with look() as db:
        return render_template("programme/desk/triage_office.html", triage=TRIAGE, standing=standing(db, TRIAGE))


@blueprint.route("/sign", methods=["GET", "POST"])
@guarded(Action.SIGN_TRIAGE)
@needs_fresh_password
def sign() -> Answer:
    """The whole set once more, and the act: this clinician stands for it."""
    form = Form(SignSchema(), {"seen": TRIAGE.digest})
    if form.is_valid():
        try:
            _sign(form.data["seen"])
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Patients are asked these questions now."))
            return redirect(url_for(".index"))
    return render_template("programme/desk/triage_sign.html", form=form, triage=TRIAGE), form.status


@blueprint.post("/withdraw")
@guarded(Action.SIGN_TRIAGE)
def withdraw() -> Response:
    """At once and without a password: taking it away is never the dangerous direction."""
    with changes() as db:
        if withdraw_signatures(db, TRIAGE, by=actor(), now=now()):
            _note(db, "desk.withdrew_triage")
    flash(_("Nobody is put in the queue by these questions any more."))
    return redirect(url_for(".index"))


def _sign(seen: str) -> None:
    with changes() as db:
        sign_triage(db, TRIAGE, seen=seen, by=actor(), now=now())
        _note(db, "desk.signed_triage")


def _note(db: Session, action: str) -> None:
    me = actor()
    text = {"version": TRIAGE.version, "digest": TRIAGE.digest}
    audit.note(db, actor=me.public_id, action=action, now=now(), demo=me.is_demo, triage=text)
