"""The way in for everybody: the role's own first page, the two switches, and the page of an empty house."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import update
from werkzeug.wrappers import Response

from companion.care.first_visits import open_question
from companion.care.people import LANGUAGES, Person, Role
from companion.web.access import Action, guarded, public
from companion.web.context import actor, changes, found_actor, look, now, outside, safe_next
from companion.web.cookies import LANGUAGE_COOKIE, PRINT_COOKIE, set_taste
from companion.web.door.first_admin import has_admin
from companion.web.for_patients.act_now import unread_of
from companion.web.navigation import home_of

blueprint = Blueprint("home", __name__)
PRINTS = ("normal", "large")


@blueprint.get("/")
@guarded(Action.SEE_OWN_SESSIONS)
def index() -> Response:
    """For a patient of whom something cannot wait, that comes before everything else; then what a first visit asks."""
    if _must_act(actor()):
        return redirect(url_for("act_now.index"))
    return redirect(url_for("first_visit.index" if _is_asked(actor()) else home_of(actor().role)))


def _is_asked(person: Person) -> bool:
    with look() as db:
        return open_question(db, person) is not None


def _must_act(person: Person) -> bool:
    with look() as db:
        return person.role == Role.PATIENT and bool(unread_of(db, person, now()))


@blueprint.post("/display/language")
@public
def choose_language() -> Response:
    """Kept on the person, so that messages follow it too; and in the browser, for the door."""
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        abort(400)
    person = found_actor()
    if person is not None:
        with changes() as db:
            db.execute(update(Person).where(Person.id == person.id).values(language=language))
    response = redirect(safe_next(request.form.get("next")))
    set_taste(response, outside().settings, LANGUAGE_COOKIE, language)
    return response


@blueprint.post("/display/print")
@public
def choose_print() -> Response:
    size = request.form.get("print", "")
    if size not in PRINTS:
        abort(400)
    response = redirect(safe_next(request.form.get("next")))
    set_taste(response, outside().settings, PRINT_COOKIE, size)
    return response


@blueprint.get("/setup")
@public
def setup() -> str:
    """Says how to make the first administrator, while there is none."""
    with look() as db:
        if has_admin(db):
            abort(404)
    return render_template("home/setup.html")
