"""A password that was lost: it is taken away, everybody who knew it is out, and its owner chooses another one."""

from flask import Blueprint, render_template, request
from sqlalchemy import update

from companion.care import audit
from companion.care.invitations import ValidDays
from companion.care.people import Person
from companion.messages.about_passwords import say_password_is_gone
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now
from companion.web.door import sessions
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.for_clinic.inviting import make_sheet
from companion.web.for_clinic.people import find_person

blueprint = Blueprint("passwords", __name__)


@blueprint.route("/people/<person_id>/forget-password", methods=["GET", "POST"])
@guarded(Action.SEE_PEOPLE)
@needs_fresh_password
def forget(person_id: str) -> Answer:
    """The owner is told, where an address of theirs is proven; and the sheet lets them in, once, within a day."""
    with look() as db:
        owner = find_person(db, person_id)
    if request.method == "GET":
        return render_template("inviting/forget_password.html", person=owner)
    with changes() as db:
        db.execute(update(Person).where(Person.id == owner.id).values(password_hash=None))
        sessions.revoke_all(db, owner.id, now())
        is_told = say_password_is_gone(db, owner, now())
        audit.note(db, actor=actor().public_id, action="forgot_password", now=now(), person=owner.public_id)
        sheet = make_sheet(db, owner, ValidDays.ONE.span)
    return render_template("inviting/made.html", person=owner, sheet=sheet, is_reset=True, is_told=is_told)
