"""The clinic's page about messages: whether they arrive, which are stuck or failed, and whose addresses are bad.

A doctor sees what is about their patients and those patients' caregivers. An administrator sees all of it under the
people's ids, as in the quarantine.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.consent import caregivers_of
from companion.care.contact_models import ContactState
from companion.care.people import Person, Role
from companion.messages import overview
from companion.messages.by_hand import HowSeenTo, Tried, note_seen_to, try_again
from companion.messages.models import Message, MessageState
from companion.messages.overview import End
from companion.web.access import Action, guarded, guarded_list, patients_for
from companion.web.context import actor, changes, look, now, shows
from companion.web.in_words import message_words

blueprint = Blueprint("messages_office", __name__)

LISTED = 50
PERIODS = {1: _l("24 hours"), 7: _l("7 days"), 30: _l("30 days")}
"""What rates are shown for, in days."""
FAILED_SHOWN_FOR = timedelta(days=30)

ANSWERS = {
    Tried.OPENED: _l("It is tried again now, by the ways this person has."),
    Tried.LOOKED_UP: _l("It may have got out. The provider is asked now; it is sent again only if it surely did not."),
    Tried.TOO_LATE: _l("Its time is over: nothing is sent any more. Please call."),
    Tried.NOT_NEEDED: _l("Nothing to do: it got out, is being sent just now, or somebody saw to it."),
}


@dataclass(frozen=True)
class Known:
    """Whom the reader may know of. `ids` None: everybody. `through`: by person the patient whose page leads to them."""

    ids: Collection[int] | None
    through: Mapping[int, Person]


@blueprint.get("/messages")
@guarded_list(Action.SEE_MESSAGES)
def index() -> str:
    days = request.args.get("days", 1, type=int)
    if days not in PERIODS:
        abort(404)
    with look() as db:
        known = _known(db)
        stuck = overview.stuck(db, now(), known.ids, LISTED)
        failed = overview.failed(db, now() - FAILED_SHOWN_FOR, known.ids, LISTED)
        shows(row.patient for row in [*stuck, *failed])
        return render_template(
            "messages_office/index.html",
            periods=PERIODS,
            days=days,
            rates=overview.rates(db, now() - timedelta(days=days), known.ids),
            ends=list(End),
            stuck=stuck,
            failed=failed,
            bad=overview.faulty_addresses(db, (ContactState.BAD, ContactState.SUSPECT), known.ids, LISTED),
            opted_out=overview.faulty_addresses(db, (ContactState.OPTED_OUT,), known.ids, LISTED),
            through=known.through,
            listed=LISTED,
            now=now(),
            words=message_words,
        )


def _known(db: Session) -> Known:
    """For a doctor their patients, and the caregivers to whom one of those is open now."""
    if actor().role == Role.ADMIN:
        return Known(None, {})
    patients = {patient.id: patient for patient in patients_for(db, actor(), Action.SEE_MESSAGES, now())}
    caregivers = caregivers_of(db, patients, now())
    through = {member_id: patients[patient_id] for member_id, patient_id in caregivers.items()} | patients
    return Known(list(through), through)


def patient_behind_message(db: Session, message_id: int) -> Person | None:
    """The patient through whom the reader knows of the message, for the gate."""
    message = db.get(Message, message_id) or abort(404)
    return _known(db).through.get(message.patient_id)


@blueprint.post("/messages/<int:message_id>/try-again")
@guarded(Action.HANDLE_MESSAGES, patient_of=patient_behind_message)
def again(message_id: int) -> Response:
    with changes() as db:
        tried = try_again(db, message_id, now())
        if tried in (Tried.OPENED, Tried.LOOKED_UP):
            _note(db, message_id, "message.try_again", tried=tried.value)
    flash(str(ANSWERS[tried]))
    return redirect(url_for("messages_office.index"))


@blueprint.post("/messages/<int:message_id>/seen-to")
@guarded(Action.HANDLE_MESSAGES, patient_of=patient_behind_message)
def seen_to(message_id: int) -> Response:
    how = request.form.get("how", "")
    if how not in set(HowSeenTo):
        abort(400)
    with changes() as db:
        is_noted = note_seen_to(db, message_id, actor().id, now())
        if is_noted:
            _note(db, message_id, f"message.{MessageState.SEEN_TO}", how=how)
    flash(_("Noted as seen to.") if is_noted else str(ANSWERS[Tried.NOT_NEEDED]))
    return redirect(url_for("messages_office.index"))


def _note(db: Session, message_id: int, action: str, **details: str) -> None:
    """The act's trace; its last step."""
    patient = db.get_one(Person, db.get_one(Message, message_id).patient_id)
    audit.note(
        db,
        actor=actor().public_id,
        action=action,
        now=now(),
        patient=patient.public_id,
        message=message_id,
        **details,
    )
