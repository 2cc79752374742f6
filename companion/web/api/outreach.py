"""Tips and questions by API: what a patient was sent, what they thought of it, and their answers."""

from typing import Any

from marshmallow import fields, validate

from companion.errors import BadInput
from companion.programme.outreach.reading_tips import SentTip, answer, sent_to
from companion.programme.outreach.tip_models import TipAnswer
from companion.programme.surveys.answering import LONGEST, InOwnWords, open_ask
from companion.programme.surveys.answering import answer as answer_survey
from companion.web.access import Action, guarded
from companion.web.api.problems import Problem
from companion.web.api.routes import endpoint
from companion.web.api.schemas import Strict
from companion.web.api.shown import instant
from companion.web.context import changes, look, now, subject
from companion.web.language import language


class TipOut(Strict):
    """`link`: "guides" for the patient's own guides, an address, or ""."""

    id = fields.Str(required=True)
    title = fields.Str(required=True)
    text = fields.Str(required=True)
    link = fields.Str(required=True)
    sent_at = fields.Str(required=True, metadata={"format": "date-time"})
    answer = fields.Str(required=True, allow_none=True)


class TipsOut(Strict):
    """`has_questions`: a round of questions waits, or may still be answered otherwise."""

    tips = fields.List(fields.Nested(TipOut), required=True)
    has_questions = fields.Bool(required=True)


class TipAnswerIn(Strict):
    answer = fields.Str(required=True, validate=validate.OneOf(list(TipAnswer)))


class SurveyAnswerIn(Strict):
    """`score`: 1 very unhappy to 5 very happy."""

    score = fields.Int(required=True, validate=validate.Range(1, 5), strict=True)
    good = fields.Str(load_default="", validate=validate.Length(max=LONGEST))
    better = fields.Str(load_default="", validate=validate.Length(max=LONGEST))


class NotedOut(Strict):
    noted_at = fields.Str(required=True, metadata={"format": "date-time"})


@endpoint("GET", "/patients/<patient_id>/tips", gives=TipsOut)
@guarded(Action.SEE_TIPS)
def tips(patient_id: str) -> dict[str, Any]:
    """The newest tips, in the language asked for. To ask is not to have opened them."""
    with look() as db:
        shown = [_shown(each) for each in sent_to(db, subject().id)]
        return {"tips": shown, "has_questions": open_ask(db, subject().id, now()) is not None}


@endpoint("POST", "/patients/<patient_id>/tips/<tip_id>/answer", takes=TipAnswerIn, gives=NotedOut)
@guarded(Action.SEE_TIPS)
def answer_tip(given: dict[str, Any], patient_id: str, tip_id: str) -> dict[str, Any]:
    """Useful, or not for me: it decides what comes next. The newest word counts."""
    try:
        with changes() as db:
            answer(db, subject().id, tip_id, given["answer"], now())
    except BadInput as bad:
        raise Problem(404, "unknown_tip", "The patient was sent no tip of that id.") from bad
    return {"noted_at": instant(now(), subject().zone)}


@endpoint("POST", "/patients/<patient_id>/survey-answer", takes=SurveyAnswerIn, gives=NotedOut, may_fail=(400, 422))
@guarded(Action.ANSWER_SURVEY)
def add_survey_answer(given: dict[str, Any], patient_id: str) -> dict[str, Any]:
    """The answers of the round that runs; another one takes the place of the first until its end."""
    with changes() as db:
        words = InOwnWords(given["good"], given["better"])
        answer_survey(db, subject().id, score=given["score"], words=words, now=now())
    return {"noted_at": instant(now(), subject().zone)}


def _shown(tip: SentTip) -> dict[str, Any]:
    return {
        "id": tip.chosen.public_id,
        **{name: tip.content[name][language()] for name in ("title", "text", "link")},
        "sent_at": instant(tip.chosen.chosen_at, subject().zone),
        "answer": tip.chosen.answer,
    }
