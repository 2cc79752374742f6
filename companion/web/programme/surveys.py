"""Questions about the service: the patient answers, the clinic reads what may be told and says what it changed."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.people import Person
from companion.errors import BadInput
from companion.kpi.satisfaction import Satisfaction, satisfaction
from companion.programme.surveys.answering import (
    LONGEST,
    InOwnWords,
    answer,
    open_ask,
    what_changed_for,
    words_of,
)
from companion.programme.surveys.rounds import LONGEST_CHANGED, open_round, quarter_of, tell_what_changed
from companion.programme.surveys.survey_models import SurveyAsk, SurveyRound
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, shows, subject
from companion.web.door.auth import Answer
from companion.web.forms import Form
from companion.web.in_words.segment_words import percent
from companion.web.schemas import FormSchema

blueprint = Blueprint("surveys", __name__)

SCORES = (
    (5, _l("very happy")),
    (4, _l("happy")),
    (3, _l("neither happy nor unhappy")),
    (2, _l("unhappy")),
    (1, _l("very unhappy")),
)


class AnswerSchema(FormSchema):
    score = fields.Int(required=True, validate=validate.Range(1, 5))
    good = fields.Str(load_default="", validate=validate.Length(max=LONGEST))
    better = fields.Str(load_default="", validate=validate.Length(max=LONGEST))


class RoundSchema(FormSchema):
    share = fields.Int(required=True)
    days = fields.Int(required=True)


class ChangedSchema(FormSchema):
    changed_en = fields.Str(required=True, validate=validate.Length(max=LONGEST_CHANGED))
    changed_zh = fields.Str(required=True, validate=validate.Length(max=LONGEST_CHANGED))


@blueprint.route("/for-you/questions", methods=["GET", "POST"])
@guarded(Action.ANSWER_SURVEY)
def questions() -> Answer:
    with look() as db:
        ask = open_ask(db, subject().id, now())
        changed = what_changed_for(db, subject().id)
        said = words_of(db, [ask] if ask else [])
    before: dict[str, Any] = said[0]._asdict() | {"score": ask.score} if ask and said else {}
    form = Form(AnswerSchema(), before)
    if form.is_valid():
        try:
            _keep(form.data)
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Thank you. Nobody reads it under your name."))
            return redirect(url_for(".questions"))
    shown = render_template("programme/questions.html", form=form, ask=ask, changed=changed, scores=SCORES)
    return shown, form.status


def _keep(said: dict[str, Any]) -> None:
    with changes() as db:
        words = InOwnWords(said["good"], said["better"])
        answer(db, subject().id, score=said["score"], words=words, now=now())


@blueprint.route("/office/surveys", methods=["GET", "POST"])
@guarded(Action.RUN_SURVEYS)
def index() -> Answer:
    form = Form(RoundSchema(), {"share": 100, "days": 21})
    if form.is_valid():
        try:
            with changes() as db:
                made = open_round(db, by=actor(), share=form.data["share"], days=form.data["days"], now=now())
                audit.note(db, actor=actor().public_id, action="opened_survey", now=now(), round=made.public_id)
        except BadInput as bad:
            form.refuse(bad)
        else:
            return redirect(url_for(".index"))
    with look() as db:
        rounds = db.scalars(select(SurveyRound).order_by(SurveyRound.id.desc())).all()
    shown = render_template("programme/surveys.html", form=form, rounds=rounds, quarter=quarter_of(now()))
    return shown, form.status


@blueprint.route("/office/surveys/<round_id>", methods=["GET", "POST"])
@guarded(Action.RUN_SURVEYS)
def one(round_id: str) -> Answer:
    form = Form(ChangedSchema())
    if form.is_valid():
        try:
            _tell(round_id, form.data)
        except BadInput as bad:
            form.refuse(bad)
        else:
            return redirect(url_for(".one", round_id=round_id))
    with look() as db:
        this = _round(db, round_id)
        asks = _asks(db, this)
        found = _satisfaction(asks)
        # In the order of ids drawn by lot: who was asked first is not the first here.
        words = words_of(db, asks) if found.may_show_words else []
        whose = [ask.patient_id for ask in asks if ask.sealed is not None] if words else []
        shows(db.scalars(select(Person).where(Person.id.in_(whose))).all())
        shown = render_template(
            "programme/survey.html",
            form=form,
            this=this,
            found=found,
            words=words,
            scores=SCORES,
            percent=percent,
            is_over=now() >= this.closes_at,
        )
    return shown, form.status


def _tell(round_id: str, said: dict[str, Any]) -> None:
    with changes() as db:
        this = _round(db, round_id)
        told = tell_what_changed(db, this, en=said["changed_en"], zh=said["changed_zh"], by=actor(), now=now())
        audit.note(db, actor=actor().public_id, action="told_what_changed", now=now(), round=round_id, people=told)


def _round(db: Session, round_id: str) -> SurveyRound:
    return db.scalar(select(SurveyRound).where(SurveyRound.public_id == round_id)) or abort(404)


def satisfied_in(db: Session, this: SurveyRound) -> Satisfaction:
    """What may be told of that round, and nothing in anybody's words."""
    return _satisfaction(_asks(db, this))


def _satisfaction(asks: Sequence[SurveyAsk]) -> Satisfaction:
    return satisfaction([ask.score for ask in asks if ask.score is not None], len(asks))


def _asks(db: Session, this: SurveyRound) -> Sequence[SurveyAsk]:
    return db.scalars(select(SurveyAsk).where(SurveyAsk.round_id == this.id).order_by(SurveyAsk.public_id)).all()
