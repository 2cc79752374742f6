"""Staff who forgot their password ask for a code, which goes to an address that is proven theirs. The answer is the
same whoever asks, and whether the login exists or not."""

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from companion.messages.about_passwords import send_reset_code
from companion.web.access import public
from companion.web.context import changes, now
from companion.web.door.auth import Answer
from companion.web.door.limits import Door, count_here
from companion.web.door.sessions import STAFF
from companion.web.door.sign_in import find_by_login
from companion.web.forms import Form
from companion.web.schemas import ForgottenSchema

blueprint = Blueprint("forgotten", __name__)


@blueprint.route("/forgotten-password", methods=["GET", "POST"])
@public
def index() -> Answer:
    form = Form(ForgottenSchema())
    if not form.is_valid():
        return render_template("auth/forgotten.html", form=form), form.status
    count_here(Door.NEW_PASSWORD)
    with changes() as db:
        _ask(db, form.data["login"])
    return render_template("auth/code_is_on_its_way.html")


def _ask(db: Session, login: str) -> None:
    """A person is sent one code in half an hour."""
    person = find_by_login(db, login)
    if person is not None and person.role in STAFF:
        send_reset_code(db, person, now())
