"""Whoever holds an invitation comes in: by its picture, or by typing its code. No password is needed."""

from flask import Blueprint, render_template, url_for
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.first_visits import begin
from companion.care.invitations import InvitationPurpose, use
from companion.care.people import Person
from companion.errors import BadInput
from companion.web.access import public
from companion.web.context import changes, now, outside
from companion.web.door import sessions
from companion.web.door.auth import Answer
from companion.web.door.letting_in import open_door
from companion.web.door.limits import Door, count_here, note_right
from companion.web.door.sessions import STAFF, OpenedBy
from companion.web.forms import Form
from companion.web.language import marked
from companion.web.schemas import EntrySchema

blueprint = Blueprint("invited", __name__)

WRONG = BadInput(
    marked("this code opens nothing"), where="code", advice=marked("look at each letter again, or call the clinic")
)


@blueprint.route("/enter", methods=["GET", "POST"])
@public
def enter() -> Answer:
    """Takes the code. What is wrong with one that opens nothing is not said: used, too old, or never made."""
    form = Form(EntrySchema())
    if form.is_valid():
        found = _use(form.data["code"])
        if found is not None:
            return _come_in(*found)
        form.refuse(WRONG)
    return render_template("auth/enter_code.html", form=form), form.status


@blueprint.get("/invited/<code>")
@public
def by_picture(code: str) -> str:
    """Only asks: whatever looks at addresses before their reader does must not use the invitation up."""
    return render_template("auth/invited.html", code=code)


def _use(code: str) -> tuple[Person, InvitationPurpose] | None:
    """The try is committed as a wrong one before the code is looked at: past the limit not even the right one opens."""
    attempt_id = count_here(Door.INVITATION)
    with changes() as db:
        found = use(db, code, outside().settings.secret_key, now())
        if found is not None:
            note_right(db, attempt_id)
    return found


def _come_in(person: Person, purpose: InvitationPurpose) -> Response:
    """Staff choose a password; others are asked three questions, or find their own page."""
    with changes() as db:
        if purpose is InvitationPurpose.RESET:
            _forget_password(db, person)
        elif person.role not in STAFF:
            begin(db, person, now())
    target = url_for("auth.new_password") if person.role in STAFF else url_for("home.index")
    return open_door(person, OpenedBy.LINK, target)


def _forget_password(db: Session, person: Person) -> None:
    """Who reads what is sent to the person chooses another password; everybody who knew the old one is out."""
    db.execute(update(Person).where(Person.id == person.id).values(password_hash=None))
    sessions.revoke_all(db, person.id, now())
    audit.note(db, actor=person.public_id, action="forgot_password", now=now(), person=person.public_id)
