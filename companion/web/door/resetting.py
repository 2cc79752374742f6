"""The administrator takes away what was on a phone that is gone: passkeys, the code app and its recovery codes."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from companion.care import audit
from companion.care.people import Person
from companion.messages.sign_in_notices import say_factors_are_gone
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now
from companion.web.door import factors, sessions
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.door.sessions import STAFF

blueprint = Blueprint("resetting", __name__)


@blueprint.route("/people/<person_id>/second-factor", methods=["GET", "POST"])
@guarded(Action.SEE_PEOPLE)
@needs_fresh_password
def reset(person_id: str) -> Answer:
    """Everybody who came in by them is out, and the person is told."""
    owner = _get(person_id)
    if owner.id == actor().id:
        abort(403)  # one's own are on one's own page: nobody needs this power over themselves
    if request.method == "GET":
        return render_template("auth/reset_factors.html", person=owner, is_staff=owner.role in STAFF)
    with changes() as db:
        factors.forget_factors(db, owner)
        sessions.revoke_all(db, owner.id, now())
        say_factors_are_gone(db, owner, now())
        audit.note(db, actor=actor().public_id, action="reset_second_factor", now=now(), person=owner.public_id)
    flash(_("Taken away. Every browser of theirs is signed out, and they are told."))
    return redirect(url_for("people.person", person_id=owner.public_id))


def _get(person_id: str) -> Person:
    with look() as db:
        found = db.scalar(select(Person).where(Person.public_id == person_id, Person.left_at.is_(None)))
    return found or abort(404)
