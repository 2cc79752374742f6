"""The pharmacist desk: what waits, one conversation at a time, and answers that come from what is written or signed."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.people import Person
from companion.care.regimens import must_check_first
from companion.errors import BadInput
from companion.messages.models import Purpose
from companion.messages.outbox import enqueue
from companion.programme.desk.asking import end, find_conversation
from companion.programme.desk.desk_models import Conversation, ConversationLine, State
from companion.programme.desk.inbox import unread_texts
from companion.programme.desk.lines import add_line, lines_of
from companion.programme.desk.serving import (
    OTHERS_AFTER,
    answer,
    give_back,
    hand_over,
    held_by,
    keep,
    take,
    waiting_for,
)
from companion.programme.desk.staff import specialties_of
from companion.programme.desk.triage_file import TRIAGE
from companion.programme.desk.triage_signing import holds_for
from companion.programme.guides.for_patient import find_own
from companion.programme.guides.languages import told
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.door.auth import Answer
from companion.web.for_patients.medicines import medicines_of
from companion.web.forms import Form
from companion.web.in_words import desk_words
from companion.web.language import language
from companion.web.programme.ask_pharmacist import SaySchema, hours_told, patient_of_conversation
from companion.web.programme.guides import day_of
from companion.web.programme.own_answers import answers_for

blueprint = Blueprint("desk", __name__, url_prefix="/desk")

TOLD_WITHIN = timedelta(hours=24)
"""So long word of an answer may be on its way."""


@blueprint.get("")
@guarded(Action.WORK_DESK)
def index() -> str:
    """What waits, without whose it is or what it says: that is for who takes it."""
    with look() as db:
        return render_template(
            "programme/desk/index.html",
            waiting=waiting_for(db, actor(), now()),
            mine=held_by(db, actor(), now()),
            texts=unread_texts(db),
            specialties=sorted(specialties_of(db, actor().id)),
            others_after=OTHERS_AFTER,
            is_signed=holds_for(db, TRIAGE, is_demo=actor().is_demo),
            words=desk_words,
            **hours_told(),
        )


@blueprint.post("/conversations/<conversation_id>/take")
@guarded(Action.WORK_DESK)
def claim(conversation_id: str) -> Response:
    """Theirs, or somebody else was faster."""
    with changes() as db:
        found = find_conversation(db, conversation_id) or abort(404)
        is_mine = take(db, found.id, actor(), now())
        if is_mine:
            _note(db, "desk.taken", found)
    if not is_mine:
        flash(_("Somebody else has taken it."))
        return redirect(url_for(".index"))
    return redirect(url_for(".one", conversation_id=conversation_id))


@blueprint.get("/conversations/<conversation_id>")
@guarded(Action.ANSWER_QUESTION, patient_of=patient_of_conversation)
def one(conversation_id: str) -> Answer:
    return _page(conversation_id, Form(SaySchema()), 200)


@blueprint.post("/conversations/<conversation_id>/say")
@guarded(Action.ANSWER_QUESTION, patient_of=patient_of_conversation)
def say(conversation_id: str) -> Answer:
    """Own words, which never speak of taking a medicine or of how much."""
    form = Form(SaySchema())
    if form.is_valid():
        try:
            with changes() as db:
                found = _mine(db, conversation_id)
                answer(db, found, form.data["words"], by=actor(), now=now())
                _tell(db, found)
                _note(db, "desk.answered", found)
        except BadInput as bad:
            form.refuse(bad)
        else:
            return redirect(url_for(".one", conversation_id=conversation_id))
    return _page(conversation_id, form, form.status)


@blueprint.post("/conversations/<conversation_id>/times")
@guarded(Action.ANSWER_QUESTION, patient_of=patient_of_conversation)
def send_times(conversation_id: str) -> Answer:
    """What the prescription in force says of one medicine, in the patient's language and unchanged."""
    with changes() as db:
        found = _kept(db, conversation_id)
        medicine = next(
            (each for each in _medicines(db) if each.regimen.public_id == request.form.get("regimen")), None
        )
        if medicine is None or medicine.held is None or must_check_first(medicine.regimen):
            flash(
                _("That medicine has a change that is to be read first: nothing was sent. Hand it over to the doctor.")
            )
        else:
            source = {"regimen": medicine.regimen.public_id, "revision": medicine.held.number}
            said = f"{medicine.regimen.drug}: {medicine.said}"
            add_line(db, found, said, said_by="service", person=None, now=now(), source=source)
            _tell(db, found)
            _note(db, "desk.sent_times", found)
    return redirect(url_for(".one", conversation_id=conversation_id))


@blueprint.post("/conversations/<conversation_id>/guide")
@guarded(Action.ANSWER_QUESTION, patient_of=patient_of_conversation)
def send_guide(conversation_id: str) -> Answer:
    """A guide that concerns the patient and is shown today: its title, and where it stands."""
    with changes() as db:
        found = _kept(db, conversation_id)
        own = find_own(db, subject(), request.form.get("guide", ""), day_of(subject(), now())) or abort(404)
        source = {"guide": own.version.guide.public_id, "version": own.version.number}
        title = told(own.version, subject().language).title
        add_line(db, found, title, said_by="service", person=None, now=now(), source=source)
        _tell(db, found)
        _note(db, "desk.sent_guide", found)
    return redirect(url_for(".one", conversation_id=conversation_id))


@blueprint.post("/conversations/<conversation_id>/hand-over")
@guarded(Action.ANSWER_QUESTION, patient_of=patient_of_conversation)
def to_doctor(conversation_id: str) -> Response:
    with changes() as db:
        found = _mine(db, conversation_id)
        hand_over(db, found, by=actor(), keep_years=outside().settings.desk_keep_years, now=now())
        _tell(db, found)
        _note(db, "desk.handed_over", found)
    flash(_("The patient's doctors have it now."))
    return redirect(url_for(".index"))


@blueprint.post("/conversations/<conversation_id>/end")
@guarded(Action.ANSWER_QUESTION, patient_of=patient_of_conversation)
def finish(conversation_id: str) -> Response:
    with changes() as db:
        found = _kept(db, conversation_id)
        end(db, found, State.CLOSED, keep_years=outside().settings.desk_keep_years, now=now())
        _note(db, "desk.ended", found)
    flash(_("Ended. The patient is asked how it was."))
    return redirect(url_for(".index"))


@blueprint.post("/conversations/<conversation_id>/give-back")
@guarded(Action.ANSWER_QUESTION, patient_of=patient_of_conversation)
def put_back(conversation_id: str) -> Response:
    with changes() as db:
        found = _mine(db, conversation_id)
        give_back(db, found, actor(), now())
        _note(db, "desk.given_back", found)
    return redirect(url_for(".index"))


def _page(conversation_id: str, form: Form, status: int) -> Answer:
    with look() as db:
        found = _mine(db, conversation_id)
        page = render_template(
            "programme/desk/serving.html",
            conversation=found,
            lines=lines_of(db, found),
            answers=answers_for(db, subject(), language(), now()),
            title=lambda own: told(own.version, language()).title,
            form=form,
            words=desk_words,
            patient=subject(),
        )
    return page, status


def _medicines(db: Session) -> Any:
    """In the patient's language."""
    with force_locale("zh" if subject().language == "zh" else "en"):
        return medicines_of(db, subject(), subject().language, now())


def _mine(db: Session, conversation_id: str) -> Conversation:
    """The gate knows that they have one of the patient's: it has to be this one."""
    found = find_conversation(db, conversation_id)
    if found is None or found.taken_by != actor().id or found.state != State.OPEN:
        abort(404)
    return found


def _kept(db: Session, conversation_id: str) -> Conversation:
    found = _mine(db, conversation_id)
    keep(db, found, actor(), now())
    return found


def _tell(db: Session, found: Conversation) -> None:
    """The patient hears that there is something to read: once for each time that they wrote, and nothing of what."""
    asked = ConversationLine.conversation_id == found.id, ConversationLine.said_by.in_(("patient", "family"))
    last = db.scalar(select(func.max(ConversationLine.id)).where(*asked))
    enqueue(
        db,
        unique_key=f"desk:{found.id}:{last}",
        purpose=Purpose.REPLY,
        recipient_id=found.patient_id,
        patient_id=found.patient_id,
        params={"kind": "pharmacist_news"},
        now=now(),
        expires_at=now() + TOLD_WITHIN,
    )


def _note(db: Session, action: str, found: Conversation) -> None:
    patient, me = db.get_one(Person, found.patient_id).public_id, actor().public_id
    audit.note(db, actor=me, action=action, now=now(), patient=patient, conversation=found.public_id)
