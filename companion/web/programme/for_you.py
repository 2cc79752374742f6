"""Tips for the patient who asked for them: what came, what they thought of it, and whether any more shall come."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.consent_texts import agreement
from companion.care.contact_models import ContactPoint, Kind, Topic
from companion.care.message_consent import consents_of, say
from companion.care.people import Person
from companion.errors import BadInput
from companion.programme.outreach.reading_tips import answer, note_opened, sent_to
from companion.programme.outreach.tip_models import TipAnswer
from companion.programme.surveys.experiment_models import Place
from companion.programme.surveys.experiments import ways_for
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.language import language

blueprint = Blueprint("for_you", __name__, url_prefix="/for-you")


@blueprint.get("")
@guarded(Action.SEE_TIPS)
def index() -> str:
    """To be shown it is to have opened it."""
    with changes() as db:
        shown = sent_to(db, subject().id)
        note_opened(db, subject().id, shown, now())
        way = ways_for(db, Place.TIP_PAGE, {subject().id: subject().public_id}, now())[subject().id]
    with look() as db:
        kinds = _kinds(db)
        agreed = _agreed(db)
    return render_template(
        "programme/for_you.html",
        tips=shown,
        way=way,
        sentences=[agreement(language(), kind.value, Topic.PROGRAMME.value) for kind in kinds],
        is_agreed=bool(agreed),
        answers=TipAnswer,
    )


@blueprint.post("/<tip_id>/answer")
@guarded(Action.SEE_TIPS)
def say_of(tip_id: str) -> Response:
    try:
        with changes() as db:
            answer(db, subject().id, tip_id, request.form.get("answer", ""), now())
    except BadInput as bad:
        abort(404 if bad.where == "tip" else 400)
    flash(_("Thank you. That decides what comes next."))
    return redirect(url_for(".index"))


@blueprint.post("/agreement")
@guarded(Action.SEE_TIPS)
def agree() -> Response:
    said = request.form.get("agrees")
    if said not in ("yes", "no"):
        abort(400)
    with changes() as db:
        whose = db.get_one(Person, subject().id)
        for kind in _kinds(db) if said == "yes" else Kind:
            say(db, whose, kind, [Topic.PROGRAMME], agrees=said == "yes", language=language(), now=now())
        told = {"patient": whose.public_id, "agrees": said}
        audit.note(db, actor=actor().public_id, action="answered_about_tips", now=now(), **told)
    flash(_("Noted.") if said == "yes" else _("Noted. No more tips come."))
    return redirect(url_for(".index"))


def _kinds(db: Session) -> list[Kind]:
    """By which the patient is reached."""
    here = ContactPoint.person_id == subject().id, ContactPoint.removed_at.is_(None)
    kinds = db.scalars(select(ContactPoint.kind).where(*here).order_by(ContactPoint.position))
    return [Kind(kind) for kind in dict.fromkeys(kinds)]


def _agreed(db: Session) -> set[str]:
    return {kind for _who, kind, topic in consents_of(db, [subject().id]) if topic == Topic.PROGRAMME.value}
