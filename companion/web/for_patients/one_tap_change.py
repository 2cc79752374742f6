"""A change read and said back by the link in a reminder, without signing in. No medicine is named but to a patient who
chose that messages name them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from companion.care.change_answers import note_read
from companion.care.people import Person
from companion.care.teach_back import Said, Then
from companion.reminders.doses.changes import Waiting, find_waiting
from companion.web import words
from companion.web.access import public
from companion.web.context import changes, look, now, shows
from companion.web.door.auth import Answer
from companion.web.for_patients.one_tap import BY, VIA, find_tap, over
from companion.web.for_patients.teach_back import SaidSchema, asked_of, keep, said_in, told
from companion.web.forms import Form

blueprint = Blueprint("one_tap_change", __name__)


@blueprint.post("/tap/read")
@public
def read() -> Answer:
    """The change was read: on to the question."""
    with changes() as db:
        tap = find_tap(db)
        waiting = find_waiting(db, tap.patient, tap.changed, now()) if tap and tap.changed else None
        if waiting is None:
            return over()
        note_read(waiting.revision, now())
    return redirect(url_for("one_tap_change.ask"))


@blueprint.route("/tap/change", methods=["GET", "POST"])
@public
def ask() -> Answer:
    """The question, as on the patient's own page (`teach_back.ask`). The link stays good for the dose."""
    with look() as db:
        tap = find_tap(db)
        waiting = find_waiting(db, tap.patient, tap.changed, now()) if tap and tap.changed else None
    if tap is None or waiting is None:
        return over()
    shows([tap.patient], by=BY)
    with force_locale(tap.patient.language):
        asked, form = asked_of(waiting, tap.patient, now()), Form(SaidSchema())
        if form.is_valid():
            return _keep(tap.patient, waiting, form.data["seen"] == asked.seen, said_in(form.data))
        page = render_template(
            "one_tap/teach_back.html", tap=tap, due=tap.doses[0], asked=asked, form=form, words=words
        )
        return page, form.status


def _keep(patient: Person, waiting: Waiting, is_as_shown: bool, said: Said) -> Answer:
    if not is_as_shown:
        flash(_("The change is another one by now. Please read it again."))
        return redirect(url_for("one_tap.ask"))
    then = keep(waiting, said, by=patient, via=VIA)
    if then is Then.ASK_AGAIN:
        return redirect(url_for("one_tap_change.ask"))
    flash(told(then))
    return redirect(url_for("one_tap.ask"))
