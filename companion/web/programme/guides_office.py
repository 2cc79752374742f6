"""Guides at the clinic: pharmacists and doctors write them, another one of them stands for each version."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.people import Person, Role
from companion.errors import BadInput
from companion.programme.guides.kinds import About, Topic
from companion.programme.guides.languages import languages_of
from companion.programme.guides.models import Guide, GuideVersion
from companion.programme.guides.news import announce
from companion.programme.guides.publishing import LONGEST, needs_doctor, newest_reviewed, review, state_of, withdraw
from companion.programme.guides.writing import new_guide, new_version
from companion.programme.points.quizzes import digest_of
from companion.programme.points.shipped import quizzes_after
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.forms import Form
from companion.web.in_words import guide_words
from companion.web.language import language
from companion.web.programme.guide_forms import GuideSchema, ReviewGuideSchema, VersionSchema, texts_of, typed
from companion.web.programme.guides import as_html, shown, today

blueprint = Blueprint("guides_office", __name__, url_prefix="/clinic/guides")


@blueprint.get("")
@guarded(Action.EDIT_GUIDES)
def index() -> str:
    """Every version, the newest of each guide first."""
    with look() as db:
        every = every_version(db)
        newest = newest_reviewed(db, {version.guide_id for version in every})
        lines = [(version, state_of(version, newest, today())) for version in every]
        return render_template("programme/guides_office/index.html", lines=lines, words=guide_words, of=languages_of)


@blueprint.route("/new", methods=["GET", "POST"])
@guarded(Action.EDIT_GUIDES)
def new() -> Answer:
    form = Form(GuideSchema(), {"about": About.DRUG_CLASS.value, "topic": Topic.GENERAL.value})
    if form.is_valid():
        try:
            made = _make(form.data)
        except BadInput as bad:
            form.refuse(bad)
        else:
            return redirect(url_for(".one", version_id=made.public_id))
    return render_template("programme/guides_office/new.html", form=form, words=guide_words), form.status


@blueprint.get("/<version_id>")
@guarded(Action.EDIT_GUIDES)
def one(version_id: str) -> str:
    with look() as db:
        return render_template("programme/guides_office/one.html", **_told(db, _get(db, version_id)))


@blueprint.route("/<version_id>/next", methods=["GET", "POST"])
@guarded(Action.EDIT_GUIDES)
def following(version_id: str) -> Answer:
    """The next version, with the texts of this one to begin with."""
    with look() as db:
        found = _get(db, version_id)
    form = Form(VersionSchema(), typed(found))
    if form.is_valid():
        try:
            made = _continue(version_id, form.data)
        except BadInput as bad:
            form.refuse(bad)
        else:
            return redirect(url_for(".one", version_id=made.public_id))
    page = render_template("programme/guides_office/next.html", form=form, version=found, words=guide_words)
    return page, form.status


@blueprint.route("/<version_id>/review", methods=["GET", "POST"])
@guarded(Action.EDIT_GUIDES)
@needs_fresh_password
def stand_for(version_id: str) -> Answer:
    """The texts once more, and the act: this person stands for them until a day."""
    form = Form(ReviewGuideSchema(), {"review_by": today() + LONGEST / 2})
    if form.is_valid():
        try:
            _review(version_id, form)
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Patients may read it now."))
            return redirect(url_for(".one", version_id=version_id))
    with look() as db:
        page = render_template("programme/guides_office/review.html", form=form, **_told(db, _get(db, version_id)))
    return page, form.status


@blueprint.post("/<version_id>/withdraw")
@guarded(Action.EDIT_GUIDES)
def take_away(version_id: str) -> Response:
    """At once and without a password: taking a text away is never the dangerous direction."""
    with changes() as db:
        if withdraw(_get(db, version_id), by=actor(), now=now()):
            audit.note(db, actor=actor().public_id, action="guide.withdrawn", now=now(), version=version_id)
    flash(_("No patient sees it any more."))
    return redirect(url_for(".one", version_id=version_id))


def _make(said: dict[str, Any]) -> GuideVersion:
    with changes() as db:
        name = said.get(said["about"], "")
        about = {"key": said["key"], "about": said["about"], "name": name, "topic": said["topic"]}
        made = new_guide(db, by=actor(), texts=texts_of(said), now=now(), **about)
        audit.note(db, actor=actor().public_id, action="guide.drafted", now=now(), version=made.public_id)
        return made


def _continue(version_id: str, said: dict[str, Any]) -> GuideVersion:
    with changes() as db:
        guide = db.get_one(Guide, _get(db, version_id).guide_id, with_for_update=True)
        made = new_version(db, guide, by=actor(), texts=texts_of(said), now=now())
        audit.note(db, actor=actor().public_id, action="guide.drafted", now=now(), version=made.public_id)
        return made


def _review(version_id: str, form: Form) -> None:
    with changes() as db:
        version, until = _get(db, version_id), form.data["review_by"]
        quiz = digest_of(quizzes_after(version.guide.key))
        if form.data["quiz"] != (quiz or ""):
            raise BadInput(_("has changed since you read it"), where="quiz", advice=_("read it again"))
        review(db, version, by=actor(), review_by=until, today=today(), now=now(), quiz_digest=quiz)
        announce(db, version, now())
        audit.note(db, actor=actor().public_id, action="guide.reviewed", now=now(), version=version_id)


def every_version(db: Session) -> list[GuideVersion]:
    """By guide's key, the newest of each first."""
    query = select(GuideVersion).join(Guide).order_by(Guide.key, GuideVersion.number.desc())
    return list(db.scalars(query).unique())


def _told(db: Session, version: GuideVersion) -> dict[str, Any]:
    """What a page about one version shows: both languages, and who may stand for it."""
    newest = newest_reviewed(db, [version.guide_id])
    is_doctor = actor().role == Role.CLINICIAN
    return {
        **shown(db, version, language()),
        "both": [(each, as_html(getattr(version, f"text_{each}"))) for each in languages_of(version)],
        "state": state_of(version, newest, today()),
        "drafter": db.get_one(Person, version.drafted_by),
        "speaks_of": needs_doctor(version),
        "may_review": version.drafted_by != actor().id and (is_doctor or not needs_doctor(version)),
        "quizzes": quizzes_after(version.guide.key),
        "quiz_digest": digest_of(quizzes_after(version.guide.key)) or "",
        "words": guide_words,
        "roles": words.ROLES,
    }


def _get(db: Session, version_id: str) -> GuideVersion:
    return db.scalar(select(GuideVersion).where(GuideVersion.public_id == version_id)) or abort(404)
