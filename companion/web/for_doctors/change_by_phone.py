"""On the telephone: somebody at the clinic tells the patient the changed dose, asks what it is, and writes down what
they say. The way for whoever has only a telephone, and for whom the page did not go well."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import ValidationError, fields, validate

from companion.care.change_answers import BY_CALL, answers_to
from companion.care.teach_back import Said, Then, amount_in, fingerprint
from companion.reminders.doses.changes import Waiting, find_waiting
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, look, now, subject
from companion.web.door.auth import Answer
from companion.web.for_doctors.clinic import get_own_regimen
from companion.web.for_patients.teach_back import keep
from companion.web.for_patients.today import change_shown
from companion.web.forms import Form
from companion.web.language import marked
from companion.web.schemas import FormSchema

blueprint = Blueprint("change_by_phone", __name__)


def _is_amount(text: str) -> None:
    if amount_in(text) is None:
        raise ValidationError(marked("Write a number."))


class HeardSchema(FormSchema):
    """What the patient said, in the patient's numbers. `seen`: the change that was told."""

    seen = fields.Str(required=True, validate=validate.Length(max=40))
    amount = fields.Str(required=True, validate=[validate.Length(max=40), _is_amount])
    start_on = fields.Date(required=True)


@blueprint.route("/clinic/patients/<patient_id>/changes/<regimen_id>", methods=["GET", "POST"])
@guarded(Action.NOTE_CHANGE_ANSWER)
def ask(patient_id: str, regimen_id: str) -> Answer:
    """What to tell and what to ask; what is written down is kept as a call, in the name of whoever called."""
    with look() as db:
        waiting = find_waiting(db, subject(), get_own_regimen(db, regimen_id), now())
        if waiting is None:
            flash(_("No change of this medicine waits to be said back."))
            return redirect(url_for("patients.summary", patient_id=patient_id))
        change, said = change_shown(db, waiting), answers_to(db, waiting.revision.id)
    form = Form(HeardSchema())
    if form.is_valid():
        if form.data["seen"] != fingerprint(waiting.change):
            flash(_("The change is another one by now. Please read it again."))
            return redirect(url_for("change_by_phone.ask", patient_id=patient_id, regimen_id=regimen_id))
        return _keep(waiting, form.data)
    page = render_template(
        "clinic/change_by_phone.html",
        patient=subject(),
        change=change,
        said=said,
        seen=fingerprint(waiting.change),
        form=form,
        words=words,
    )
    return page, form.status


def _keep(waiting: Waiting, data: dict[str, Any]) -> Answer:
    said = Said(amount_in(data["amount"]), data["start_on"])
    then = keep(waiting, said, by=actor(), via=BY_CALL)
    if then in (Then.ASK_AGAIN, Then.ASK_NURSE):
        flash(_("That is not the new dose. Tell it once more, and ask again."))
        return redirect(
            url_for("change_by_phone.ask", patient_id=subject().public_id, regimen_id=waiting.regimen.public_id)
        )
    flash(_("Understood: noted in your name. The change holds."))
    return redirect(url_for("patients.summary", patient_id=subject().public_id))
