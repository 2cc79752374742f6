"""The patient's points: how many, what for, what they buy, and short quizzes that earn some.

A clinic that switched points off has none of these pages.
"""

import secrets
from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.errors import BadInput
from companion.programme.guides.for_patient import guides_of
from companion.programme.guides.publishing import find_published
from companion.programme.points.coupons import buy, coupons_of
from companion.programme.points.ledger import earn, lately, standing_of
from companion.programme.points.quizzes import Quiz, digest_of
from companion.programme.points.rules import Event, Rules
from companion.programme.points.shipped import load_quizzes, load_rules, quizzes_after
from companion.web.access import Action, guarded
from companion.web.context import changes, look, now, outside, subject
from companion.web.forms import Form
from companion.web.in_words import points_words
from companion.web.language import language
from companion.web.programme.guides import today
from companion.web.programme.points_forms import BuySchema

blueprint = Blueprint("recognition", __name__)

Answer = str | Response | tuple[str, int]


def rules() -> Rules:
    """Those in force here; 404 where the clinic switched points off."""
    if not outside().settings.points:
        abort(404)
    return load_rules(outside().settings.points_rules)


@blueprint.get("/points")
@guarded(Action.SEE_POINTS)
def index() -> str:
    return _page(Form(BuySchema()))


@blueprint.post("/points/coupons")
@guarded(Action.SPEND_POINTS)
def spend() -> Answer:
    """Sent twice by the same page it is one coupon."""
    form = Form(BuySchema())
    in_force = rules()
    if form.is_valid():
        try:
            with changes() as db:
                buy(db, in_force, subject(), form.data["reward"], form.data["key"], now())
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("The coupon is yours. Show its code at the clinic."))
            return redirect(url_for(".index"))
    return _page(form), form.status


def _page(form: Form) -> str:
    in_force = rules()
    with look() as db:
        standing = standing_of(db, in_force, subject().id, now())
        transfers, coupons = lately(db, subject().id), coupons_of(db, subject().id)
    return render_template(
        "programme/points.html",
        form=form,
        patient=subject(),
        rules=in_force,
        standing=standing,
        next_tier=next((tier for tier in in_force.tiers if tier.least > standing.earned), None),
        transfers=transfers,
        coupons=coupons,
        now=now(),
        told=points_words,
        new_key=secrets.token_urlsafe(12),
    )


@blueprint.get("/points/quizzes")
@guarded(Action.SEE_POINTS)
def quizzes() -> str:
    points = rules().points_for(Event.QUIZ_PASSED)
    return render_template("programme/quizzes.html", quizzes=signed_quizzes(), points=points)


@blueprint.get("/points/quizzes/<quiz_key>")
@guarded(Action.SEE_POINTS)
def quiz(quiz_key: str) -> str:
    rules()
    return _quiz_page(find_quiz(quiz_key), None, None, 0)


@blueprint.post("/points/quizzes/<quiz_key>")
@guarded(Action.SPEND_POINTS)
def answer(quiz_key: str) -> str:
    """Says of each answer whether it is right, and why. All right earns points, the first time."""
    in_force, asked = rules(), find_quiz(quiz_key)
    given = [request.form.get(f"q{place}", type=int) for place in range(len(asked.questions))]
    rights, points = answered(in_force, asked, given)
    return _quiz_page(asked, given, rights, points)


def answered(in_force: Rules, asked: Quiz, given: Sequence[int | None]) -> tuple[Sequence[bool], int]:
    """Question by question whether the subject's answer is right, and the points that they get for it now."""
    rights = asked.rights(given)
    if not all(rights):
        return rights, 0
    with changes() as db:
        return rights, earn(db, in_force, subject().id, Event.QUIZ_PASSED, asked.key, now())


def _quiz_page(asked: Quiz, given: Sequence[int | None] | None, rights: Sequence[bool] | None, points: int) -> str:
    """With the guide that it follows, where the patient has it."""
    with look() as db:
        own = guides_of(db, subject(), today())
    guide = next((each.version.guide.public_id for each in own if each.version.guide.key == asked.guide), None)
    return render_template("programme/quiz.html", quiz=asked, given=given, rights=rights, points=points, guide_id=guide)


def find_quiz(key: str) -> Quiz:
    return next((quiz for quiz in signed_quizzes() if quiz.key == key), None) or abort(404)


def signed_quizzes() -> list[Quiz]:
    """Those for which somebody stands together with the guide before them, as long as that one is shown."""
    with look() as db:
        return [quiz for quiz in load_quizzes().values() if _is_signed(db, quiz)]


def _is_signed(db: Session, quiz: Quiz) -> bool:
    guide = find_published(db, quiz.guide, today())
    signed = guide.review.quiz_digest if guide and guide.review else None
    return signed is not None and signed == digest_of(quizzes_after(quiz.guide))


@blueprint.app_template_global("in_language")
def in_language(text: object) -> str:
    """What the data files say, in the reader's language."""
    return points_words.in_language(text, language())
