"""The doctor's desk: what waits for a decision. One suggestion: `reviewing`; the rest of the work: `tasks`."""

from datetime import timedelta

from babel.dates import format_timedelta
from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from companion.care.people import Person
from companion.clock import to_ms
from companion.web import words
from companion.web.access import Action, guarded, guarded_list
from companion.web.context import actor, changes, found_actor, look, now, safe_next, shows
from companion.web.for_doctors.queue_list import ABOUTS, AT_ONCE, SHOWS, FindSchema, queue_list
from companion.web.for_doctors.queue_order import masked
from companion.web.for_doctors.rules_in_use import standing_suspensions
from companion.web.forms import Form
from companion.web.language import locale

blueprint = Blueprint("doctor", __name__)
Answer = str | Response | tuple[str, int]
ON, OFF = "on", "off"


@blueprint.app_template_filter("since")
def since(span: timedelta) -> str:
    """How long, in words: "3 hours"."""
    return format_timedelta(span, locale=locale(), threshold=1.2)


@blueprint.app_context_processor
def desk() -> dict[str, object]:
    """For the list that stands beside every suggestion."""
    person = found_actor()
    if person is None:
        return {}
    return {"abouts": ABOUTS, "filters": SHOWS, "masked": masked, "at_once": AT_ONCE, "keys_are_on": person.single_keys}


@blueprint.route("/doctor/queue", methods=["GET", "POST"])
@guarded_list(Action.SEE_ADVICE)
def queue() -> Answer:
    """Filters are links. What is looked for is sent, so that no name stands in an address."""
    form = Form(FindSchema())
    text = form.data["text"] if form.is_valid() else ""
    with look() as db:
        listed = queue_list(db, text=text)
        shows(each.patient for each in listed.rows)
        page = render_template(
            "doctor/queue.html",
            queue=listed,
            form=form,
            suspended=standing_suspensions(db),
            shown_at=to_ms(now()),
            now=now(),
            words=words,
        )
    return page, form.status


@blueprint.post("/doctor/keys")
@guarded(Action.EDIT_OWN_WORK)
def choose_keys() -> Response:
    """Single keys are on until the doctor turns them off (WCAG 2.1.4): for this person, in every browser."""
    wanted = request.form.get("keys", "")
    if wanted not in (ON, OFF):
        abort(400)
    with changes() as db:
        db.get_one(Person, actor().id).single_keys = wanted == ON
    return redirect(safe_next(request.form.get("next") or url_for("doctor.queue")))
