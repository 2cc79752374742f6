"""One suggestion: its page, and everything a doctor does to it there. One at a time; no route takes two."""

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from companion.advice.deciding.acts import Decision
from companion.advice.deciding.refusals import AlreadyDecided, DataChanged, FreshSignInNeeded, HeldByAnother
from companion.advice.models import Review
from companion.clock import from_ms, to_ms
from companion.errors import BadInput
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, fresh_authentication, look, now, shows, subject
from companion.web.door.auth import Answer
from companion.web.for_doctors import deciding
from companion.web.for_doctors.checks import by_weight
from companion.web.for_doctors.queue_list import queue_list
from companion.web.for_doctors.review_forms import (
    STEPS,
    ClaimSchema,
    DecisionSchema,
    PutOffSchema,
    SecondSchema,
    act_of,
)
from companion.web.for_doctors.review_page import review_page
from companion.web.forms import Form
from companion.web.in_words import advice_words, decision_words

blueprint = Blueprint("reviewing", __name__)
SENT = {Decision.APPROVED.value: "approve", Decision.AMENDED.value: "amend", Decision.REJECTED.value: "reject"}
"""By the decision that was sent the step at which it was made: there the page says what is wrong with it."""


@blueprint.get("/doctor/suggestions/<suggestion_id>")
@guarded(Action.SEE_ADVICE, patient_of=deciding.patient_of_suggestion)
def suggestion(suggestion_id: str) -> str:
    """The whole page with the list beside it; to a list that changes its other side only, that side."""
    return _page(suggestion_id, Form(DecisionSchema()), is_part="HX-Request" in request.headers)


@blueprint.post("/doctor/suggestions/<suggestion_id>/claim")
@guarded(Action.DECIDE_ADVICE, patient_of=deciding.patient_of_suggestion)
def claim(suggestion_id: str) -> Answer:
    """The doctor opens the decision: for five minutes nobody else makes it."""
    form = Form(ClaimSchema())
    given = form.data if form.is_valid() else {}
    seen_at = from_ms(given["shown_at"]) if given.get("shown_at") is not None else None
    trouble = _try(suggestion_id, form, lambda: deciding.claim(suggestion_id, seen_at))
    return trouble or _to_decision(suggestion_id, given.get("step", ""))


@blueprint.post("/doctor/suggestions/<suggestion_id>/hand-back")
@guarded(Action.DECIDE_ADVICE, patient_of=deciding.patient_of_suggestion)
def hand_back(suggestion_id: str) -> Response:
    deciding.hand_back(suggestion_id)
    return _to_queue(_("Handed back: others may decide on it."))


@blueprint.post("/doctor/suggestions/<suggestion_id>/decide")
@guarded(Action.DECIDE_ADVICE, patient_of=deciding.patient_of_suggestion)
def decide(suggestion_id: str) -> Answer:
    form = Form(DecisionSchema())
    if not form.is_valid():
        return _page(suggestion_id, form), 422
    made = []
    trouble = _try(suggestion_id, form, lambda: made.append(deciding.decide_on(suggestion_id, act_of(form))))
    if trouble is not None:
        return trouble
    if isinstance(made[0], Review):
        return _to_queue(_("Decided: %(state)s.", state=str(decision_words.STATES[made[0].decision])))
    return _to_queue(_("It waits for a second clinician's signature. Nothing has been changed or sent."))


@blueprint.post("/doctor/suggestions/<suggestion_id>/second")
@guarded(Action.DECIDE_ADVICE, patient_of=deciding.patient_of_suggestion)
def second(suggestion_id: str) -> Answer:
    """Another clinician signs an amendment, or declines; the first takes it back."""
    form = Form(SecondSchema())
    if not form.is_valid():
        return _page(suggestion_id, form), 422
    signs = form.data["answer"] == "sign"
    trouble = _try(
        suggestion_id,
        form,
        lambda: deciding.sign(suggestion_id, form.data["digest"]) if signs else deciding.refuse(suggestion_id),
    )
    if trouble is not None:
        return trouble
    return _to_queue(_("Signed: the change is made.") if signs else _("Not signed: it waits as before."))


@blueprint.post("/doctor/suggestions/<suggestion_id>/put-off")
@guarded(Action.DECIDE_ADVICE, patient_of=deciding.patient_of_suggestion)
def put_off(suggestion_id: str) -> Answer:
    form = Form(PutOffSchema())
    if not form.is_valid():
        return _page(suggestion_id, form), 422
    until = now() + timedelta(hours=form.data["hours"])
    trouble = _try(suggestion_id, form, lambda: deciding.put_off(suggestion_id, until, form.data["why"]))
    return trouble or _to_queue(_("Put off. It comes back by itself."))


@blueprint.post("/doctor/suggestions/<suggestion_id>/look-again")
@guarded(Action.DECIDE_ADVICE, patient_of=deciding.patient_of_suggestion)
def look_again(suggestion_id: str) -> Response:
    deciding.look_again(suggestion_id)
    return _to_queue(_("Assessed anew with what is known now."))


def _try(suggestion_id: str, form: Form, act: Callable[[], object]) -> Answer | None:
    """None when it was done; else the page as it is now, saying why it was not, with the status of that."""
    try:
        act()
    except FreshSignInNeeded:
        return redirect(url_for("auth.confirm_password", next=_address(suggestion_id, _step())))
    except AlreadyDecided:
        return _page(suggestion_id, form, trouble="decided"), 409
    except HeldByAnother:
        return _page(suggestion_id, form, trouble="held"), 409
    except DataChanged:
        return _page(suggestion_id, Form(DecisionSchema()), trouble="changed"), 412
    except BadInput as bad:
        form.refuse(bad)
        return _page(suggestion_id, form), 422
    return None


def _page(suggestion_id: str, form: Form, trouble: str = "", *, is_part: bool = False) -> str:
    with look() as db:
        found = deciding.find_suggestion(db, suggestion_id) or abort(404)
        listed = queue_list(db, opened=suggestion_id)
        shows([subject()] if is_part else [subject(), *(each.patient for each in listed.shown)])
        step = _step()
        return render_template(
            "doctor/_opened.html" if is_part else "doctor/review.html",
            page=review_page(db, found, actor(), now()),
            queue=listed,
            form=form,
            step=step,
            trouble=trouble,
            is_fresh=fresh_authentication(now()),
            here_again=_address(suggestion_id, step=step),
            shown_at=to_ms(now()),
            now=now(),
            words=words,
            told=advice_words,
            said=decision_words,
            by_weight=by_weight,
        )


def _step() -> str:
    """What the page asks for: as its address says, or what was just sent."""
    asked = request.args.get("step") or SENT.get(request.form.get("decision", ""), "")
    asked = STEPS[-1] if request.endpoint == "reviewing.put_off" else asked
    return asked if asked in STEPS else ""


def _address(suggestion_id: str, step: str = "") -> str:
    return url_for("reviewing.suggestion", suggestion_id=suggestion_id, step=step or None)


def _to_decision(suggestion_id: str, step: str) -> Response:
    return redirect(_address(suggestion_id, step) + "#decide")


def _to_queue(said: str) -> Response:
    flash(said)
    return redirect(url_for("doctor.queue"))
