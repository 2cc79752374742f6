"""The pages and addresses of the day without a network."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, render_template, request
from flask_babel import force_locale
from flask_wtf.csrf import generate_csrf
from marshmallow import Schema, ValidationError, fields, validate

from companion.i18n import LANGUAGES
from companion.reminders.doses.dose_state import SkipReason
from companion.web.access import Action, guarded, public
from companion.web.context import changes, look, now, subject
from companion.web.for_patients.answering import LATER_MINUTES
from companion.web.offline.answers import Given, take_in
from companion.web.offline.record import record_of

blueprint = Blueprint("offline", __name__)

MOST_BYTES = 64 * 1024
MOST_ANSWERS = 50


class AnswerSchema(Schema):
    key = fields.Str(required=True, validate=validate.Regexp(r"^[0-9a-f-]{8,60}$"))
    doses = fields.List(fields.Str(validate=validate.Length(max=80)), required=True, validate=validate.Length(1, 50))
    answer = fields.Str(required=True, validate=validate.OneOf(["taken", "later", "skip"]))
    minutes = fields.Int(load_default=LATER_MINUTES[0], validate=validate.OneOf(LATER_MINUTES))
    reason = fields.Str(load_default="", validate=validate.OneOf([reason.value for reason in SkipReason]))
    remark = fields.Str(load_default="", validate=validate.Length(max=200))
    seconds_ago = fields.Float(required=True, validate=validate.Range(min=-(10.0**9), max=10.0**9))


class AnswersSchema(Schema):
    answers = fields.List(fields.Nested(AnswerSchema), required=True, validate=validate.Length(1, MOST_ANSWERS))


@blueprint.get("/offline")
@public
def shell() -> str:
    """What a device shows without a network, in both languages, about nobody: the record is put in there."""
    said = {}
    for code in LANGUAGES:
        with force_locale(code):
            said[code] = render_template("offline/_words.html")
    return render_template("offline/shell.html", said=said)


@blueprint.get("/today/record")
@guarded(Action.SEE_TODAY)
def record() -> Response:
    """What this device may keep, and the token with which answers are sent."""
    with look() as db:
        token: str = generate_csrf()  # type: ignore[no-untyped-call]
        return jsonify(record_of(db, subject(), now()) | {"csrf_token": token})


@blueprint.post("/today/answers")
@guarded(Action.ANSWER_DOSE)
def answers() -> Response:
    """Takes in answers given without a network. The next page says what was noted; sent again, nothing happens."""
    for given in _said():
        with changes() as db:
            told = take_in(db, subject(), given, now())
        if told:
            flash(told)
    return jsonify(done=True)


def _said() -> list[Given]:
    request.max_content_length = MOST_BYTES
    try:
        said: dict[str, Any] = AnswersSchema().load(request.get_json(silent=True) or {})
    except ValidationError:
        abort(400)
    return [
        Given(
            each["key"],
            tuple(each["doses"]),
            each["answer"],
            each["minutes"],
            each["reason"],
            each["remark"],
            timedelta(seconds=each["seconds_ago"]),
        )
        for each in said["answers"]
    ]
