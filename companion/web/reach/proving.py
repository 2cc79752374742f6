"""An address that somebody typed is theirs once they type the code that went there."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.contact_codes import Proof, prove
from companion.care.contact_models import ContactPoint
from companion.care.contacts import find_contact
from companion.errors import BadInput
from companion.messages.address_codes import ask_for_code
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now
from companion.web.door.auth import Answer
from companion.web.forms import Form
from companion.web.in_words.reach_words import shown
from companion.web.schemas import CodeSchema

blueprint = Blueprint("proving", __name__, url_prefix="/reach")

WHY_NOT = {
    Proof.WRONG: BadInput("this is not the code", where="code", advice="look again at the last message"),
    Proof.OVER: BadInput("this code is over", where="code", advice="ask for a new one"),
}


@blueprint.route("/<point_id>/code", methods=["GET", "POST"])
@guarded(Action.SEE_OWN_SESSIONS)
def code(point_id: str) -> Answer:
    """Takes the code. A wrong one counts, whatever comes of it."""
    form = Form(CodeSchema())
    with look() as db:
        point = _point(db, point_id)
    if form.is_valid():
        proof = _prove(point_id, form.data["code"])
        if proof is Proof.PROVEN:
            flash(_("Confirmed. Messages can go there now."))
            return redirect(url_for("reach.index"))
        form.refuse(WHY_NOT[proof])
    return render_template("reach/code.html", form=form, point=point, shown=shown(point)), form.status


@blueprint.post("/<point_id>/send")
@guarded(Action.SEE_OWN_SESSIONS)
def send(point_id: str) -> Answer:
    """A new code goes there."""
    try:
        with changes() as db:
            ask_for_code(db, _point(db, point_id), now())
    except BadInput:
        flash(_("No code can be sent there now. Try again tomorrow, or call the clinic."))
    else:
        flash(_("A new code is on its way."))
    return redirect(url_for(".code", point_id=point_id))


def _prove(point_id: str, typed: str) -> Proof:
    with changes() as db:
        proof = prove(db, _point(db, point_id), typed, now())
        if proof is Proof.PROVEN:
            me = actor().public_id
            audit.note(db, actor=me, action="proved_address", now=now(), person=me, point=point_id)
        return proof


def _point(db: Session, point_id: str) -> ContactPoint:
    return find_contact(db, actor(), point_id) or abort(404)
