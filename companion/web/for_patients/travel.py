"""A patient who travels: which clock the medicines follow, and the proposal to move them."""

from zoneinfo import available_timezones

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.people import Person, ZoneMode
from companion.errors import BadInput
from companion.reminders.planning import travel
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.words import Words

blueprint = Blueprint("travel", __name__)

MODES: Words = {
    ZoneMode.HOME: _l("The times of home, wherever I am"),
    ZoneMode.FOLLOW: _l("Follow me: the clock where I am, and tell me"),
    ZoneMode.ASK: _l("Ask me each time"),
}


@blueprint.get("/travel")
@guarded(Action.TRAVEL)
def index() -> str:
    with look() as db:
        patient = db.get_one(Person, subject().id)
        waiting = travel.waiting_move(db, patient.id)
        zone = waiting.to_zone if waiting else patient.zone
        return render_template(
            "patient/travel.html",
            patient=patient,
            modes=MODES,
            waiting=waiting,
            last=travel.last_move(db, patient.id),
            moved=travel.preview(db, patient, zone, now()),
            zone=zone,
            zones=sorted(available_timezones()),
        )


@blueprint.post("/travel/mode")
@guarded(Action.TRAVEL)
def mode() -> Response:
    try:
        with changes() as db:
            travel.choose_mode(db.get_one(Person, subject().id), request.form.get("mode", ""))
            _note(db, "chose_travel_mode")
    except BadInput:
        abort(400)
    flash(_("Noted."))
    return _to_page()


@blueprint.post("/travel/propose")
@guarded(Action.TRAVEL)
def propose() -> Response:
    """The zone that the browser shows, or that was chosen from the list."""
    try:
        with changes() as db:
            patient = db.get_one(Person, subject().id)
            move = travel.propose(db, patient, request.form.get("zone", ""), by=actor(), now=now())
            if move is not None:
                _note(db, "proposed_move" if move.state == "proposed" else "moved_zone", zone=move.to_zone)
    except BadInput:
        flash(_("This is not a time zone. Choose one from the list."))
        return _to_page()
    if move is None:
        flash(_("Your times stay as they are."))
    elif move.state == "applied":
        flash(_("Your times follow the clock of %(zone)s now. The next ones stand below.", zone=move.to_zone))
    return _to_page()


@blueprint.post("/travel/decide")
@guarded(Action.TRAVEL)
def decide() -> Response:
    """Yes or no to the move that was shown; the form names its zone, so that no other is confirmed."""
    with changes() as db:
        patient = db.get_one(Person, subject().id, with_for_update={"key_share": True})
        move = travel.waiting_move(db, patient.id) or abort(404)
        if request.form.get("zone") != move.to_zone:
            abort(412)
        if request.form.get("answer") == "yes":
            travel.apply(db, patient, move, now())
            told = _("Your times follow the clock of %(zone)s now. The next ones stand below.", zone=move.to_zone)
            _note(db, "moved_zone", zone=move.to_zone)
        else:
            travel.decline(move, now())
            told = _("Your times stay as they are.")
            _note(db, "declined_move", zone=move.to_zone)
    flash(told)
    return _to_page()


def _note(db: Session, action: str, **told: str) -> None:
    audit.note(db, actor=actor().public_id, action=action, now=now(), patient=subject().public_id, **told)


def _to_page() -> Response:
    return redirect(url_for("travel.index"))
