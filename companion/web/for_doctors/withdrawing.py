"""A doctor takes a sent change back, and the patient says that they have read it."""

from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.advice.deciding.refusals import FreshSignInNeeded
from companion.advice.models import Suggestion, Withdrawal
from companion.advice.taking_back.acknowledging import acknowledge, unacknowledged
from companion.advice.taking_back.withdrawal_rules import Follows, Reason
from companion.advice.taking_back.withdrawing import Act, CannotWithdraw, Sent, find_sent, withdraw
from companion.care.people import Person
from companion.clock import to_ms
from companion.crash_points import Point, reached
from companion.errors import BadInput
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject, web_session
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.for_doctors.deciding import patient_of_suggestion
from companion.web.for_patients.today import PAGE
from companion.web.forms import Form
from companion.web.schemas import FormSchema
from companion.web.words import Words

blueprint = Blueprint("withdrawing", __name__)

REASONS: Words = {
    Reason.MISTAKE: _l("it was a mistake"),
    Reason.NEW_VALUES: _l("new values speak against it"),
    Reason.PATIENT_UNWELL: _l("the patient is unwell"),
    Reason.OTHER_TREATMENT: _l("another treatment is better"),
    Reason.PATIENTS_WISH: _l("the patient does not want it"),
    Reason.OTHER: _l("something else"),
}
FOLLOWS: Words = {
    Follows.OLD_STAYS: _l("The patient has not confirmed it: what was taken before goes on."),
    Follows.BACK: _l("It holds already: the earlier amount holds again from now on, prescribed in your name."),
    Follows.CHECK_FIRST: _l(
        "It is a decrease: taking it back raises nothing. The lower amount stays, the patient is told to check first,"
        " and somebody calls. Prescribe what shall be taken."
    ),
}


class WithdrawSchema(FormSchema):
    reason_code = fields.Enum(Reason, by_value=True, required=True)
    reason = fields.Str(load_default="", validate=validate.Length(max=300))


class ReadSchema(FormSchema):
    """`until_ms`: the instant of the page that was read."""

    until_ms = fields.Int(required=True)


@blueprint.route("/doctor/suggestions/<suggestion_id>/withdraw", methods=["GET", "POST"])
@guarded(Action.DECIDE_ADVICE, patient_of=patient_of_suggestion)
@needs_fresh_password
def take_back(suggestion_id: str) -> Answer:
    """What was sent, and what will hold; then the doctor's reason."""
    form = Form(WithdrawSchema())
    if form.is_valid():
        try:
            take_back_now(suggestion_id, Act(form.data["reason_code"], form.data["reason"], _authenticated_at()))
        except CannotWithdraw:
            return _page(suggestion_id, form), 409
        except FreshSignInNeeded:
            return redirect(url_for("auth.confirm_password", next=_address(suggestion_id)))
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Taken back. The patient is told, and has to say that it was read."))
            return redirect(url_for("patients.summary", patient_id=subject().public_id))
    return _page(suggestion_id, form), form.status


def take_back_now(suggestion_id: str, act: Act) -> Withdrawal:
    """In the name of whoever is signed in. Raises what `advice.taking_back.withdrawing.withdraw` raises."""
    with changes() as db:
        withdrawal = withdraw(db, _get(db, suggestion_id).id, by=actor(), act=act, now=now())
    reached(Point.WITHDRAWAL_AFTER_COMMIT)
    return withdrawal


def _page(suggestion_id: str, form: Form) -> str:
    with look() as db:
        found = _get(db, suggestion_id)
        sent = find_sent(db, found)
        return render_template(
            "doctor/withdraw.html",
            suggestion=found,
            sent=sent,
            doctor=db.get_one(Person, sent.review.clinician_id).name if sent else "",
            patient=subject(),
            follows=_follows(sent),
            form=form,
            reasons=REASONS,
            words=words,
        )


def _follows(sent: Sent | None) -> object:
    return FOLLOWS[sent.follows] if sent else ""


def _get(db: Session, suggestion_id: str) -> Suggestion:
    return db.scalars(select(Suggestion).where(Suggestion.public_id == suggestion_id)).one()


def _authenticated_at() -> datetime | None:
    here = web_session()
    return here.authenticated_at if here else None


def _address(suggestion_id: str) -> str:
    return url_for("withdrawing.take_back", suggestion_id=suggestion_id)


@blueprint.post("/today/taken-back/read")
@guarded(Action.CONFIRM_CHANGE)
def read() -> Response:
    """The patient has read what the page showed; what was taken back since is not among it."""
    form = Form(ReadSchema())
    if not form.is_valid():
        abort(400)
    with changes() as db:
        shown = [each for each in unacknowledged(db, subject().id) if to_ms(each.withdrawn_at) <= form.data["until_ms"]]
        acknowledge(db, shown, by=actor(), via=PAGE, now=now())
    flash(_("Thank you. The clinic knows that you have read it."))
    return redirect(url_for("patient.today"))
