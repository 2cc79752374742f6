"""Questions to the pharmacist by API: the same first questions, the same queue, the patient's own transcripts."""

from typing import Any

from marshmallow import fields, validate
from sqlalchemy.orm import Session

from companion.care import audit
from companion.errors import BadInput
from companion.programme.desk.asking import ask, conversations_of
from companion.programme.desk.desk_models import Conversation, State, Subject
from companion.programme.desk.lines import Said, lines_of
from companion.programme.desk.serving import place_of
from companion.programme.desk.triage import Flag
from companion.programme.desk.triage_file import TRIAGE
from companion.programme.desk.triage_signing import holds_for
from companion.web.access import Action, guarded
from companion.web.api.problems import Problem
from companion.web.api.repeats import once
from companion.web.api.routes import endpoint
from companion.web.api.schemas import Strict
from companion.web.api.shown import instant
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.for_patients.calling import contacts_for
from companion.web.programme.red_flags import raise_flags, raise_words

LISTED = 20


class SaidLineOut(Strict):
    """`source`: where the service has it from, {} for what a person wrote."""

    at = fields.Str(required=True, metadata={"format": "date-time"})
    said_by = fields.Str(required=True)
    words = fields.Str(required=True)
    source = fields.Dict(required=True)


class PharmacistQuestionOut(Strict):
    """`before`: how many wait in front, while it waits. `expected_minutes` null: nothing is promised."""

    id = fields.Str(required=True)
    subject = fields.Str(required=True)
    state = fields.Str(required=True)
    asked_at = fields.Str(required=True, metadata={"format": "date-time"})
    before = fields.Int(required=True, allow_none=True)
    expected_minutes = fields.Int(required=True, allow_none=True)
    lines = fields.List(fields.Nested(SaidLineOut), required=True)


class PharmacistQuestionsOut(Strict):
    questions = fields.List(fields.Nested(PharmacistQuestionOut), required=True)


class PharmacistQuestionIn(Strict):
    """`signs`: the answer to the first questions, [] for none of them; it cannot be left out."""

    signs = fields.List(fields.Enum(Flag, by_value=True), required=True)
    subject = fields.Str(required=True, validate=validate.OneOf([each.value for each in Subject]))
    words = fields.Str(required=True, validate=validate.Length(1, 2000))


class AskedOut(Strict):
    """`is_emergency`: nothing waits in a queue; call `emergency_number` now. Else `question` waits."""

    is_emergency = fields.Bool(required=True)
    emergency_number = fields.Str(required=True)
    question = fields.Str(required=True, allow_none=True)


@endpoint("GET", "/patients/<patient_id>/questions", gives=PharmacistQuestionsOut)
@guarded(Action.ASK_PHARMACIST)
def questions(patient_id: str) -> dict[str, Any]:
    """What the patient asked the pharmacist, the newest first, with what was said."""
    with look() as db:
        found = conversations_of(db, subject().id, LISTED)
        return {"questions": [_told(db, each) for each in found]}


@endpoint(
    "POST",
    "/patients/<patient_id>/questions",
    takes=PharmacistQuestionIn,
    gives=AskedOut,
    status=201,
    may_fail=(409, 422),
)
@guarded(Action.ASK_PHARMACIST)
def add_question(given: dict[str, Any], patient_id: str) -> dict[str, Any]:
    """Into the queue, unless a sign is told, or read in the words, that cannot wait. `Idempotency-Key` is honoured."""
    return once(lambda: _ask(given))


def _ask(given: dict[str, Any]) -> dict[str, Any]:
    patient = subject()
    number = contacts_for(outside().settings, patient).emergency_number
    if given["signs"]:
        raise_flags(patient, given["signs"])
    if given["signs"] or raise_words(patient, given["words"]):
        return {"is_emergency": True, "emergency_number": number, "question": None}
    with look() as db:
        if not holds_for(db, TRIAGE, is_demo=patient.is_demo):
            raise Problem(409, "desk_not_signed", f"nothing is queued: call {number} or the clinic")
    try:
        with changes() as db:
            made = ask(db, patient, given["subject"], given["words"], now=now())
            details = {"patient": patient.public_id, "conversation": made.public_id}
            audit.note(db, actor=actor().public_id, action="desk.asked", now=now(), **details)
    except BadInput as bad:
        raise Problem(409, "question_waits", f"{bad.what}; {bad.advice}") from None
    return {"is_emergency": False, "emergency_number": number, "question": made.public_id}


def _told(db: Session, found: Conversation) -> dict[str, Any]:
    before, wait = place_of(db, found, now()) if found.state == State.WAITING else (None, None)
    return {
        "id": found.public_id,
        "subject": found.subject,
        "state": found.state,
        "asked_at": instant(found.asked_at, subject().zone),
        "before": before,
        "expected_minutes": None if wait is None else int(wait.total_seconds() / 60),
        "lines": [_line(said) for said in lines_of(db, found)],
    }


def _line(said: Said) -> dict[str, Any]:
    at = instant(said.line.at, subject().zone)
    return {"at": at, "said_by": said.line.said_by, "words": said.words, "source": said.line.source}
