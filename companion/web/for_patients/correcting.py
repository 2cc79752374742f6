"""What a patient puts right about a reading: left out, "not mine", and "these are two measurements"."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from companion import flows
from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.corrections import join, part, say_whose
from companion.errors import BadInput
from companion.readings.amendments import Field, amend
from companion.readings.links import find_link
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, now, outside, subject
from companion.web.identifiers import find_amended

blueprint = Blueprint("correcting", __name__)


@blueprint.post("/readings/exclude")
@guarded(Action.ANNOTATE_READINGS)
def exclude() -> Response:
    """Leaves a value out, or takes it back in. It stays in the list, struck through, and in the store."""
    is_out = _answer("excluded")
    with changes() as db:
        entry = find_amended(db, outside().store, subject().public_id, request.form.get("reading", ""))
        if entry is None:
            abort(404)
        why = "left out on the page" if is_out else "taken back in on the page"
        said = "yes" if is_out else "no"
        amend(db, entry.reading, field=Field.EXCLUDED, new=said, by_id=actor().id, why=why, now=now())
        due_work.put_off(db, WorkKind.ASSESS, subject().id, now())
    return _to_reading(_("Left out. It counts no more.") if is_out else _("Taken back in."))


@blueprint.post("/readings/whose")
@guarded(Action.ANNOTATE_READINGS)
def whose() -> Response:
    """Sets a value of somebody else aside, or takes it back. It stays in the list, struck through."""
    is_mine = _answer("mine")
    with changes() as db:
        entry = find_amended(db, outside().store, subject().public_id, request.form.get("reading", ""))
        if entry is None:
            abort(404)
        try:
            say_whose(db, subject(), entry, is_mine=is_mine, by=actor(), now=now())
        except BadInput:
            abort(409)  # the clinic moved it to whose it is
    return _to_reading(_("It counts again.") if is_mine else _("Set aside. It counts no more."))


@blueprint.post("/readings/links/<int:link_id>")
@guarded(Action.ANNOTATE_READINGS)
def link(link_id: int) -> Response:
    """Parts two records that the service took for one measurement, or puts them together again."""
    are_two = _answer("two")
    with changes() as db:
        found = find_link(db, subject().public_id, link_id)
        if found is None:
            abort(404)
        (part if are_two else join)(db, subject(), found, actor(), now())
    return _to_reading(_("Both values count now.") if are_two else _("They count as one value now."))


def _answer(name: str) -> bool:
    said = request.form.get(name, "")
    if said not in ("yes", "no"):
        abort(400)
    return said == "yes"


def _to_reading(told: str) -> Response:
    """What counts has changed: the patient is assessed at once."""
    flows.assess_patient(outside().stores, subject().id, now())
    flash(told)
    reading = request.form.get("reading", "")
    return redirect(url_for("one_reading.index", reading=reading) if reading else url_for("every_value.index"))
