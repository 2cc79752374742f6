"""The first visit: a few questions, one a page. Each has a "later" that leads to the person's own page; whoever comes
back to the start finds the next question."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit, data_consent_texts
from companion.care.consent_texts import agreement
from companion.care.contact_models import Kind, Topic
from companion.care.contacts import contacts_of
from companion.care.data_consent import say_data
from companion.care.first_visits import Question, note_answer, open_question, questions_for
from companion.care.message_consent import say
from companion.care.people import LANGUAGES, Person, Role
from companion.care.regimens import active_regimens
from companion.reminders.planning import travel
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside
from companion.web.cookies import LANGUAGE_COOKIE, PRINT_COOKIE, set_taste
from companion.web.door.auth import Answer
from companion.web.home import PRINTS
from companion.web.in_words.reach_words import shown
from companion.web.language import language
from companion.web.navigation import home_of

blueprint = Blueprint("first_visit", __name__, url_prefix="/welcome")

ABOUT = {Role.PATIENT: Topic.REMINDERS, Role.CAREGIVER: Topic.CAREGIVING}
"""What each is asked to agree to."""
NEARBY = (
    "Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Europe/London",
    "Europe/Berlin", "Europe/Paris", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
    "Australia/Sydney",
)  # fmt: skip
"""Offered by name; any other may be typed."""


class Way(NamedTuple):
    """One way by which we may remind: the address as it is shown, and the sentence that is agreed to."""

    kind: Kind
    shown: str
    sentence: str


@blueprint.get("")
@guarded(Action.SEE_OWN_SESSIONS)
def index() -> Response:
    """To the next question, or home where none is left."""
    with look() as db:
        question = open_question(db, actor())
    return redirect(url_for(f".{question}") if question else url_for(home_of(actor().role)))


@blueprint.route("/reading", methods=["GET", "POST"])
@guarded(Action.SEE_OWN_SESSIONS)
def reading() -> Answer:
    """The language, and how large: one button says both."""
    if request.method == "GET":
        return _page("reading", languages=LANGUAGES)
    chosen, _, size = request.form.get("chosen", "").partition(" ")
    if chosen not in LANGUAGES or size not in PRINTS:
        abort(400)
    with changes() as db:
        db.get_one(Person, actor().id).language = chosen
        note_answer(db, actor().id, Question.READING, now())
    response = redirect(url_for(".index"))
    set_taste(response, outside().settings, LANGUAGE_COOKIE, chosen)
    set_taste(response, outside().settings, PRINT_COOKIE, size)
    return response


@blueprint.route("/health", methods=["GET", "POST"])
@guarded(Action.MANAGE_SHARING)
def health() -> Answer:
    """Whether their health data may be kept and used: asked by itself, in the words that are kept."""
    if request.method == "GET":
        return _page("health", text=data_consent_texts.agreement(language()))
    agrees = request.form.get("agrees")
    if agrees not in ("yes", "no"):
        abort(400)
    with changes() as db:
        whose = db.get_one(Person, actor().id)
        say_data(db, whose, agrees=agrees == "yes", language=language(), now=now())
        note_answer(db, whose.id, Question.HEALTH, now())
        _note(db, "answered_about_health_data", agrees=agrees)
    return redirect(url_for(".index"))


@blueprint.route("/reminders", methods=["GET", "POST"])
@guarded(Action.SEE_OWN_SESSIONS)
def reminders() -> Answer:
    """Whether we may remind them, in the words that are kept."""
    with look() as db:
        ways = _ways(db, actor())
    if request.method == "GET":
        return _page("reminders", ways=ways)
    agrees = request.form.get("agrees")
    if agrees not in ("yes", "no"):
        abort(400)
    with changes() as db:
        whose = db.get_one(Person, actor().id)
        for kind in {way.kind for way in ways}:
            topics = [ABOUT[Role(whose.role)]]
            say(db, whose, kind, topics, agrees=agrees == "yes", now=now(), language=language())
        note_answer(db, whose.id, Question.REMINDERS, now())
        _note(db, "answered_about_reminders", agrees=agrees)
    return redirect(url_for(".index"))


@blueprint.route("/zone", methods=["GET", "POST"])
@guarded(Action.SEE_OWN_SESSIONS)
def zone() -> Answer:
    """Whether our clock is theirs. Where medicines were prescribed already, they are asked how these follow."""
    if request.method == "GET":
        return _page("zone", here=now().astimezone(ZoneInfo(actor().zone)), zones=NEARBY)
    chosen = actor().zone if request.form.get("is_right") == "yes" else request.form.get("zone", "").strip()
    if chosen not in available_timezones():
        return _page("zone", here=now().astimezone(ZoneInfo(actor().zone)), zones=NEARBY, wrong=True), 422
    with changes() as db:
        whose = db.get_one(Person, actor().id)
        asks = _live_in(db, whose, chosen, now())
        note_answer(db, whose.id, Question.ZONE, now())
        _note(db, "confirmed_zone", zone=chosen)
    return redirect(url_for("travel.index" if asks else ".index"))


def _live_in(db: Session, whose: Person, chosen: str, at: datetime) -> bool:
    """Tells whether the move is only proposed: times of medicines never change without a question."""
    if whose.zone == chosen:
        return False
    if whose.role == Role.PATIENT and active_regimens(db, whose.id):
        return travel.propose(db, whose, chosen, by=whose, now=at) is not None
    whose.zone = chosen
    return False


def _ways(db: Session, whose: Person) -> list[Way]:
    topic = ABOUT.get(Role(whose.role))
    points = [point for point in contacts_of(db, [whose.id])[whose.id] if point.verified_at is not None]
    if topic is None:
        return []
    return [Way(Kind(point.kind), shown(point), agreement(language(), point.kind, topic)) for point in points]


def _page(name: str, **values: object) -> str:
    asked = questions_for(actor().role)
    values |= {"place": asked.index(Question(name)) + 1, "places_in_all": len(asked)}
    return render_template(f"welcome/{name}.html", later=url_for(home_of(actor().role)), **values)


def _note(db: Session, action: str, **told: str) -> None:
    me = actor()
    patient = me.public_id if me.role == Role.PATIENT else None
    audit.note(db, actor=me.public_id, action=action, now=now(), patient=patient, **told)
