"""Asking the pharmacist: first whether anything cannot wait, then what is written already, and then a person."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.people import Person
from companion.clock import get_zone, to_ms
from companion.errors import BadInput
from companion.programme.desk.asking import ask, conversations_of, end, find_conversation, rate, running_of
from companion.programme.desk.desk_models import ENDED, Conversation, State, Subject
from companion.programme.desk.hours import Hours, is_open, opens_next, parse_hours
from companion.programme.desk.lines import add_line, lines_of
from companion.programme.desk.serving import place_of
from companion.programme.desk.triage import Flag
from companion.programme.desk.triage_file import TRIAGE
from companion.programme.desk.triage_signing import holds_for
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.door.auth import Answer
from companion.web.for_patients.calling import contacts_for
from companion.web.forms import Form
from companion.web.in_words import desk_words
from companion.web.language import language
from companion.web.programme.own_answers import answers_for
from companion.web.programme.red_flags import emergency_page, raise_flags, raise_words
from companion.web.schemas import FormSchema

blueprint = Blueprint("ask_pharmacist", __name__, url_prefix="/ask")

CLEARED_FOR_MS = int(TRIAGE.cleared_for.total_seconds() * 1000)
"""So long "none of these" counts; who writes longer is asked again."""
LISTED = 20


class TriageSchema(FormSchema):
    MANY = ("flag",)
    flag = fields.List(fields.Enum(Flag, by_value=True), load_default=list)
    none = fields.Bool(load_default=False)


class QuestionSchema(FormSchema):
    cleared = fields.Str(load_default="")
    subject = fields.Str(required=True, validate=validate.OneOf([subject.value for subject in Subject]))
    words = fields.Str(required=True, validate=validate.Length(max=2000))


class SaySchema(FormSchema):
    words = fields.Str(required=True, validate=validate.Length(max=2000))


class RatingSchema(FormSchema):
    rating = fields.Int(required=True, validate=validate.Range(1, 5))


@blueprint.route("", methods=["GET", "POST"])
@guarded(Action.ASK_PHARMACIST)
def index() -> Answer:
    """The form of plain questions. A sign that cannot wait is answered here and now, and goes into no queue."""
    form = Form(TriageSchema())
    if form.is_valid():
        if form.data["flag"]:
            raise_flags(subject(), form.data["flag"])
            return emergency_page(subject())
        if not _is_signed():
            return _unsigned()
        if form.data["none"]:
            return _answers(Form(QuestionSchema()), 200, _cleared())
        form.errors["flag"] = _("Please tick what is so, or that none of it is.")
    if not _is_signed():
        return _unsigned()
    page = render_template("programme/desk/triage.html", form=form, flags=TRIAGE.words(language()), **_mine())
    return page, form.status


@blueprint.post("/question")
@guarded(Action.ASK_PHARMACIST)
def question() -> Answer:
    """Into the queue, unless the words name a sign that cannot wait, or nobody was asked for such signs lately."""
    form = Form(QuestionSchema())
    if not form.is_valid():
        return _answers(form, 422, form.value("cleared"))
    if raise_words(subject(), form.data["words"]):
        return emergency_page(subject())
    if not _is_signed():
        return _unsigned()
    if not _is_cleared(form.data["cleared"]):
        flash(_("Please answer these questions once more."))
        return redirect(url_for(".index"))
    try:
        made = _ask(form.data["subject"], form.data["words"])
    except BadInput as bad:
        form.refuse(bad)
        return _answers(form, 422, form.value("cleared"))
    return redirect(url_for(".conversation", conversation_id=made.public_id))


def patient_of_conversation(session: Session, conversation_id: str) -> Person | None:
    """Whose it is: for the gate."""
    found = find_conversation(session, conversation_id)
    return session.get(Person, found.patient_id) if found else None


@blueprint.get("/<conversation_id>")
@guarded(Action.ASK_PHARMACIST, patient_of=patient_of_conversation)
def conversation(conversation_id: str) -> str:
    return _page(conversation_id, Form(SaySchema()))


@blueprint.post("/<conversation_id>/say")
@guarded(Action.ASK_PHARMACIST, patient_of=patient_of_conversation)
def say(conversation_id: str) -> Answer:
    """Kept in any case; and where it names a sign that cannot wait, that comes first."""
    form = Form(SaySchema())
    if not form.is_valid():
        return _page(conversation_id, form), form.status
    with changes() as db:
        found = _get(db, conversation_id)
        if found.state in ENDED:
            flash(_("This conversation has ended. Ask anew."))
            return redirect(url_for(".index"))
        add_line(db, found, form.data["words"], said_by="patient", person=actor(), now=now())
    if raise_words(subject(), form.data["words"]):
        return emergency_page(subject())
    return redirect(url_for(".conversation", conversation_id=conversation_id))


@blueprint.post("/<conversation_id>/end")
@guarded(Action.ASK_PHARMACIST, patient_of=patient_of_conversation)
def finish(conversation_id: str) -> Answer:
    with changes() as db:
        years = outside().settings.desk_keep_years
        if end(db, _get(db, conversation_id), State.CLOSED, keep_years=years, now=now()):
            _note(db, "desk.ended", conversation_id)
    return redirect(url_for(".conversation", conversation_id=conversation_id))


@blueprint.post("/<conversation_id>/rate")
@guarded(Action.ASK_PHARMACIST, patient_of=patient_of_conversation)
def judge(conversation_id: str) -> Answer:
    form = Form(RatingSchema())
    if form.is_valid():
        with changes() as db:
            rate(db, _get(db, conversation_id), form.data["rating"])
        flash(_("Thank you."))
    return redirect(url_for(".conversation", conversation_id=conversation_id))


def desk_hours() -> Hours:
    settings = outside().settings
    return parse_hours(settings.desk_hours, get_zone(settings.desk_zone))


def hours_told() -> dict[str, object]:
    """For a page: whether the desk is open, when it opens next, and its hours."""
    hours = desk_hours()
    is_now = is_open(hours, now())
    return {"is_open": is_now, "opens_at": None if is_now else opens_next(hours, now()), "hours": hours}


def _is_signed() -> bool:
    """Whether a clinician stands for the first questions: nobody is put in a queue by others."""
    with look() as db:
        return holds_for(db, TRIAGE, is_demo=subject().is_demo)


def _unsigned() -> str:
    """Whom to call, and a person: nothing is queued."""
    call = contacts_for(outside().settings, subject())
    return render_template("programme/desk/unsigned.html", call=call, **_mine())


def _mine() -> dict[str, object]:
    with look() as db:
        return {"mine": conversations_of(db, subject().id, LISTED), "ended": ENDED, "words": desk_words}


def _ask(about: str, words: str) -> Conversation:
    with changes() as db:
        made = ask(db, subject(), about, words, now=now())
        _note(db, "desk.asked", made.public_id)
        return made


def _answers(form: Form, status: int, cleared: str) -> Answer:
    """What is written already, and below it the way to a person."""
    with look() as db:
        page = render_template(
            "programme/desk/answers.html",
            form=form,
            cleared=cleared,
            answers=answers_for(db, subject(), language(), now()),
            running=running_of(db, subject().id),
            words=desk_words,
            patient=subject(),
            reader=language(),
            **hours_told(),
        )
    return page, status


def _page(conversation_id: str, form: Form) -> str:
    with look() as db:
        found = _get(db, conversation_id)
        before, wait = place_of(db, found, now())
        return render_template(
            "programme/desk/conversation.html",
            conversation=found,
            lines=lines_of(db, found),
            before=before,
            wait=desk_words.wait_words(wait),
            has_ended=found.state in ENDED,
            form=form,
            words=desk_words,
            patient=subject(),
            **hours_told(),
        )


def _get(db: Session, conversation_id: str) -> Conversation:
    found = find_conversation(db, conversation_id)
    assert found is not None, "the gate found it"
    return found


def _note(db: Session, action: str, conversation_id: str) -> None:
    me, her = actor().public_id, subject().public_id
    audit.note(db, actor=me, action=action, now=now(), patient=her, conversation=conversation_id)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(outside().settings.secret_key, salt="desk triage")


def _cleared() -> str:
    """That this patient answered just now that no sign is there."""
    return str(_signer().dumps([subject().public_id, to_ms(now())]))


def _is_cleared(token: str) -> bool:
    try:
        whose, at_ms = _signer().loads(token)
    except (BadSignature, ValueError, TypeError):
        return False
    return bool(whose == subject().public_id and to_ms(now()) - at_ms <= CLEARED_FOR_MS)
