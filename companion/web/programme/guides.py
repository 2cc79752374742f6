"""A patient's own guides: about what they take and have, what changed in them, and that they read it."""

from datetime import date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care.people import Person
from companion.programme.guides.compared import differences
from companion.programme.guides.for_patient import OwnGuide, find_own, guides_of, note_read
from companion.programme.guides.languages import told
from companion.programme.guides.markdown import render
from companion.programme.guides.models import GuidePicture, GuideVersion
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.in_words import guide_words
from companion.web.language import language
from companion.web.programme.earning import guide_was_read

blueprint = Blueprint("guides", __name__)


@blueprint.get("/guides")
@guarded(Action.READ_GUIDES)
def index() -> str:
    with look() as db:
        mine = [(each, told(each.version, language())) for each in guides_of(db, subject(), today())]
        return render_template("programme/guides/index.html", mine=mine, words=guide_words)


@blueprint.get("/guides/<guide_id>")
@guarded(Action.READ_GUIDES)
def one(guide_id: str) -> str:
    with look() as db:
        found = _own(db, guide_id)
        return render_template(
            "programme/guides/one.html",
            own=found,
            changed=_changed(found),
            words=guide_words,
            **shown(db, found.version, language()),
        )


@blueprint.post("/guides/<guide_id>/read")
@guarded(Action.READ_GUIDES)
def read(guide_id: str) -> Response:
    with changes() as db:
        note_read(db, subject(), _own(db, guide_id).version, now())
        guide_was_read(db, guide_id)
    flash(_("Noted: you have read it."))
    return redirect(url_for(".index"))


@blueprint.get("/guides/pictures/<sha256>")
@guarded(Action.SEE_GUIDE_PICTURES)
def picture(sha256: str) -> Response:
    """A picture is about nobody; whoever may read guides may see it."""
    with look() as db:
        found = db.get(GuidePicture, sha256) or abort(404)
    response = make_response(found.content)
    response.headers["Content-Type"] = found.media_type
    return response


def shown(db: Session, version: GuideVersion, reader: str) -> dict[str, object]:
    """A version as a page shows it, to patients and to those who review it."""
    said = told(version, reader)
    review = version.review
    return {
        "version": version,
        "told": said,
        "html": as_html(said.text),
        "videos": [(address, urlsplit(address).hostname) for address in version.videos],
        "is_elsewhere": said.language != reader,
        "reviewer": db.get_one(Person, review.reviewer_id) if review else None,
    }


def as_html(text: str) -> Markup:
    return Markup(render(text, lambda sha256: url_for("guides.picture", sha256=sha256)))  # noqa: S704 - cleaned there


def today() -> date:
    """On the clock of who reads."""
    return day_of(actor(), now())


def day_of(person: Person, at: datetime) -> date:
    return at.astimezone(ZoneInfo(person.zone)).date()


def _own(db: Session, guide_id: str) -> OwnGuide:
    return find_own(db, subject(), guide_id, today()) or abort(404)


def _changed(found: OwnGuide) -> object:
    """What is otherwise than in the version before, in the language that both have."""
    if found.before is None:
        return ()
    now_told = told(found.version, language())
    old = str(getattr(found.before, f"text_{now_told.language}"))
    return differences(old, now_told.text) if old else ()
