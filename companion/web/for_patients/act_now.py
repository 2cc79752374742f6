"""The full page of what cannot wait: what to do in words that a clinician signed, and a big button to call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.advice.alarms.episodes import seriousness
from companion.advice.alarms.instructions import signed
from companion.advice.alarms.urgent import LOOKS_BACK
from companion.advice.alarms.urgent_models import UrgentEpisode
from companion.care import audit
from companion.care.people import Person
from companion.messages.wording import KIND_OF
from companion.urgency.raising import TOLD_WHILE
from companion.web.access import Action, guarded
from companion.web.charting import values
from companion.web.charting.values import LastValue
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.for_patients.calling import contacts_for
from companion.web.in_words.event_words import event_text
from companion.web.language import language

blueprint = Blueprint("act_now", __name__)


@dataclass(frozen=True)
class ToDo:
    """One urgent event in words. `signer` "": no clinician signed what to do, and the words only say whom to call."""

    episode: UrgentEpisode
    event: str
    words: str
    signer: str


def unread_of(db: Session, patient: Person, at: datetime) -> Sequence[UrgentEpisode]:
    """What the patient has not said to have read, of the last day; not what was old when it came to be known."""
    found = db.scalars(_UNREAD, {"patient": patient.id, "since": at - LOOKS_BACK})
    fresh = (episode for episode in found if episode.found_at - episode.last_at <= TOLD_WHILE)
    return sorted(fresh, key=lambda episode: -seriousness(episode.event))


_UNREAD = (
    select(UrgentEpisode)
    .where(
        UrgentEpisode.patient_id == bindparam("patient"),
        UrgentEpisode.read_at.is_(None),
        UrgentEpisode.last_at > bindparam("since"),
    )
    .order_by(UrgentEpisode.last_at.desc())
)


def must_act(db: Session, patient: Person, at: datetime) -> bool:
    """Whether the page has anything to tell: something unread, or a newest value that cannot wait."""
    return bool(unread_of(db, patient, at) or _urgent_values(db, patient, at))


def _urgent_values(db: Session, patient: Person, at: datetime) -> list[LastValue]:
    """A single value may be none of the events that the clinic is called for, and yet come with instructions."""
    newest = values.lately(db, outside().store, patient, outside().settings, at).last
    return [value for value in newest if value.instructions]


@blueprint.get("/urgent")
@guarded(Action.SEE_TODAY)
def index() -> str:
    with look() as db:
        todo = todo_of(db, subject(), now())
        told = {each.words for each in todo}
        return render_template(
            "patient/act_now.html",
            patient=subject(),
            todo=todo,
            values=[each for each in _urgent_values(db, subject(), now()) if each.instructions not in told],
            call=contacts_for(outside().settings, subject()),
            shown_as=shown_as,
        )


def todo_of(db: Session, patient: Person, at: datetime) -> list[ToDo]:
    """The unread events in words."""
    texts, call = signed(db), contacts_for(outside().settings, patient)
    found = []
    for episode in unread_of(db, patient, at):
        instruction = texts.by_about.get(KIND_OF[episode.event])
        signature = instruction.signature if instruction else None
        signer = db.get_one(Person, signature.clinician_id).name if signature else ""
        words = texts.words(language(), episode.event, call).text
        found.append(ToDo(episode, event_text(episode.event, patient.glucose_unit), words, signer))
    return found


@blueprint.post("/urgent/read")
@guarded(Action.SEE_TODAY)
def read() -> Response:
    """The patient has read what was on the page: what came or got worse since is not meant."""
    shown = set(request.form.getlist("shown"))
    with changes() as db:
        db.get_one(Person, subject().id, with_for_update={"key_share": True})
        for episode in unread_of(db, subject(), now()):
            if shown_as(episode) in shown:
                episode.read_at = now()
        audit.note(db, actor=actor().public_id, action="read_urgent", now=now(), patient=subject().public_id)
    flash(_("Noted. Your clinic was told, too."))
    return redirect(url_for("patient.today"))


def shown_as(episode: UrgentEpisode) -> str:
    """What the form says was on the page."""
    return f"{episode.public_id}:{episode.event}"
