"""Who may see the patient: everybody with what they see, and ended by the patient in two taps, without the clinic."""

from collections.abc import Collection
from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit, sharing_texts
from companion.care.consent import CAREGIVER_SCOPES, Scope, members
from companion.care.people import Person, Role
from companion.care.sharing import MaySee, ask_to_leave, ask_to_share, is_last_doctor, stop_sharing, who_may_see
from companion.clock import to_ms
from companion.errors import BadInput
from companion.messages.models import Purpose
from companion.messages.outbox import enqueue
from companion.reminders.feeds import running_feed
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.door.auth import Answer
from companion.web.forms import Form
from companion.web.in_words import sharing_words
from companion.web.language import language
from companion.web.schemas import FormSchema

blueprint = Blueprint("sharing", __name__, url_prefix="/my-data/who-may-see")

EVERYTHING = "all"
"""In place of a scope: all that somebody may see."""
TOLD_WITHIN = timedelta(days=7)
"""Until then word of it may still reach a caregiver who was out of reach."""
OFFERED = (Scope.MISSED_DOSES, Scope.READINGS)
"""What the patient can ask for, for somebody of the family."""


class AskSchema(FormSchema):
    """`who`: in the patient's own words, with a telephone number if they know one."""

    MANY = ("scopes",)

    who = fields.Str(required=True, validate=validate.Length(max=200))
    scopes = fields.List(fields.Enum(Scope, by_value=True), required=True)


@blueprint.get("")
@guarded(Action.MANAGE_SHARING)
def index() -> str:
    with look() as db:
        return render_template(
            "patient/sharing.html",
            patient=subject(),
            people=who_may_see(db, subject().id, now()),
            feed=running_feed(db, subject().id),
            roles=words.ROLES,
            told=sharing_words,
        )


@blueprint.get("/<member_id>/stop/<what>")
@guarded(Action.MANAGE_SHARING)
def confirm(member_id: str, what: str) -> str:
    """The first tap leads here. The last doctor is the clinic's to end."""
    with look() as db:
        seen = _of(db, member_id)
        scopes = _scopes(seen, what)
        if is_last_doctor(db, subject().id, seen.member, now()):
            return render_template("patient/leaving.html", doctor=seen.member)
        alone = Scope.MISSED_DOSES in scopes and _hears_alone(db, seen.member)
    return render_template("patient/stop_sharing.html", seen=seen, scopes=scopes, told=sharing_words, alone=alone)


@blueprint.post("/<member_id>/stop/<what>")
@guarded(Action.MANAGE_SHARING)
def stop(member_id: str, what: str) -> Response:
    """The second tap."""
    with changes() as db:
        seen = _of(db, member_id)
        try:
            ended = stop_sharing(db, subject(), seen.member, _scopes(seen, what), now())
        except BadInput:
            return redirect(url_for(".confirm", member_id=member_id, what=what))
        if seen.member.role == Role.CAREGIVER:
            _tell(db, seen.member)
        named = {"member": seen.member.public_id, "scopes": [scope.value for scope in ended]}
        _note(db, "stopped_sharing", **named)
    flash(_("Ended. From now on they see nothing more of it."))
    return redirect(url_for(".index"))


@blueprint.post("/leave")
@guarded(Action.MANAGE_SHARING)
def leave() -> Response:
    """Nothing ends by it: the clinic is asked to speak with the patient."""
    with changes() as db:
        ask_to_leave(db, subject(), now())
        _note(db, "asked_to_leave")
    flash(_("The clinic was told and will call you. Until then everything goes on as it is."))
    return redirect(url_for(".index"))


@blueprint.route("/ask", methods=["GET", "POST"])
@guarded(Action.MANAGE_SHARING)
def ask() -> Answer:
    """For somebody else to see: the clinic speaks with both first."""
    form = Form(AskSchema())
    if form.is_valid():
        _ask(form.data["who"], form.data["scopes"])
        flash(_("The clinic was asked. It speaks with you and with them first."))
        return redirect(url_for(".index"))
    offered = [(scope.value, sharing_words.SHARED[scope]) for scope in OFFERED]
    return render_template("patient/ask_to_share.html", form=form, offered=offered, sentences=_sentences()), form.status


def _sentences() -> list[str]:
    """What the patient will be asked to agree to."""
    return [sharing_texts.agreement(language(), scope.value, "…") for scope in OFFERED]


def _ask(who: str, scopes: Collection[Scope]) -> None:
    with changes() as db:
        ask_to_share(db, subject(), who, set(scopes) & CAREGIVER_SCOPES, now())
        _note(db, "asked_to_share")


def _of(db: Session, member_id: str) -> MaySee:
    """That person, if they may see this patient; otherwise there is nothing to end."""
    found = (each for each in who_may_see(db, subject().id, now()) if each.member.public_id == member_id)
    return next(found, None) or abort(404)


def _scopes(seen: MaySee, what: str) -> tuple[Scope, ...]:
    chosen = tuple(scope for scope in seen.scopes if what in (scope.value, EVERYTHING))
    return chosen or abort(404)


def _hears_alone(db: Session, member: Person) -> bool:
    """Whether nobody else is told when the patient misses a dose."""
    return [each.id for each in members(db, subject().id, Scope.MISSED_DOSES, now())] == [member.id]


def _tell(db: Session, member: Person) -> None:
    """That something has changed; not what, nor why."""
    enqueue(
        db,
        unique_key=f"{Purpose.SHARING_CHANGED.value}:{subject().id}:{member.id}:{to_ms(now())}",
        purpose=Purpose.SHARING_CHANGED,
        recipient_id=member.id,
        patient_id=subject().id,
        params={},
        now=now(),
        expires_at=now() + TOLD_WITHIN,
    )


def _note(db: Session, action: str, **details: object) -> None:
    audit.note(db, actor=actor().public_id, action=action, now=now(), patient=subject().public_id, **details)
