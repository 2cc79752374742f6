"""What was sent to a patient and what came back, in the order of time; and a short answer to a text nobody understood.

An answer is one of three sentences that never speak of a dose: free words of a doctor would be a way around the review
of what advises one (docs/decisions/0003).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.people import Person
from companion.care.tasks import Task, TaskKind, close_tasks
from companion.messages.history import Sent, sent_to_or_about
from companion.messages.models import Inbound, Purpose
from companion.messages.outbox import enqueue
from companion.sealing.columns import INBOUND, texts_by_id
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.in_words import message_words
from companion.web.words import Words

blueprint = Blueprint("thread", __name__)

LISTED = 50
ANSWER_VALID_FOR = timedelta(hours=24)
ANSWERS: Words = {
    "clinic_noted": _l("Your clinic has read your text and noted it. Thank you."),
    "clinic_calls": _l("Your clinic has read your text. Somebody will call you."),
    "clinic_asks_call": _l("Your clinic has read your text. Please call us."),
}
"""By the kind of the reply (compose.echoes), nearly in its words."""


@dataclass(frozen=True)
class Item:
    """A message that was sent, or a text that came. `waits`: nobody has dealt with that text yet."""

    at: datetime
    sent: Sent | None = None
    came: Inbound | None = None
    said: str = ""
    waits: bool = False


@blueprint.get("/clinic/patients/<patient_id>/thread")
@guarded(Action.ANSWER_TEXT)
def index(patient_id: str) -> str:
    with look() as db:
        items = thread_of(db, subject())
        return render_template(
            "clinic/thread.html",
            patient=subject(),
            items=items[:LISTED],
            answers=ANSWERS,
            words=message_words,
        )


def thread_of(db: Session, patient: Person) -> list[Item]:
    """The newest first."""
    sent = [Item(each.message.created_at, sent=each) for each in _sent(db, patient)]
    waiting = _waiting(db, patient)
    texts = select(Inbound).where(Inbound.person_id == patient.id).order_by(Inbound.id.desc()).limit(LISTED)
    came = db.scalars(texts).all()
    said = texts_by_id(db.connection(), INBOUND, came)
    heard = [Item(each.received_at, came=each, said=said[each.id], waits=each.id in waiting) for each in came]
    return sorted([*sent, *heard], key=lambda item: item.at, reverse=True)


def _sent(db: Session, patient: Person) -> Sequence[Sent]:
    """To the patient themselves."""
    found = sent_to_or_about(db, patient.id, before=None, limit=LISTED)
    return [each for each in found if each.recipient.id == patient.id]


def _waiting(db: Session, patient: Person) -> set[int]:
    """The texts whose task is still open."""
    query = select(Task.details).where(
        Task.patient_id == patient.id, Task.kind == TaskKind.UNCLEAR_REPLY.value, Task.done_at.is_(None)
    )
    return {details.get("inbound", 0) for details in db.scalars(query)}


@blueprint.post("/clinic/patients/<patient_id>/thread/<int:inbound_id>/answer")
@guarded(Action.ANSWER_TEXT)
def answer(patient_id: str, inbound_id: int) -> Response:
    """Sends the sentence, and sees to the task about the text."""
    chosen = request.form.get("answer", "")
    if chosen not in ANSWERS:
        abort(400)
    with changes() as db:
        text = db.get(Inbound, inbound_id)
        if text is None or text.person_id != subject().id:
            abort(404)
        is_new = enqueue(
            db,
            unique_key=f"clinic_answer:{inbound_id}:{chosen}",
            purpose=Purpose.REPLY,
            recipient_id=subject().id,
            patient_id=subject().id,
            params={"kind": chosen},
            now=now(),
            expires_at=now() + ANSWER_VALID_FOR,
        )
        close_tasks(db, subject().id, f"{TaskKind.UNCLEAR_REPLY}:{inbound_id}", actor().id, now())
        if is_new:
            audit.note(
                db,
                actor=actor().public_id,
                action="answered_text",
                now=now(),
                patient=subject().public_id,
                text=inbound_id,
                answer=chosen,
            )
    flash(_("It is on its way.") if is_new else _("That was sent before."))
    return redirect(url_for("thread.index", patient_id=patient_id))
