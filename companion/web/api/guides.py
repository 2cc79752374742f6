"""Guides by API: what a patient may read, and that they read it."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import fields

from companion.care.people import Person
from companion.programme.guides.for_patient import OwnGuide, find_own, guides_of, note_read
from companion.programme.guides.languages import languages_of
from companion.web.access import Action, guarded
from companion.web.api.problems import Problem
from companion.web.api.routes import endpoint
from companion.web.api.schemas import Strict
from companion.web.api.shown import instant
from companion.web.context import changes, look, now, subject
from companion.web.programme.earning import guide_was_read


class GuideTextOut(Strict):
    """`text` is Markdown; a picture in it is `picture:SHA256`. `changed`: what is otherwise than before, or ""."""

    language = fields.Str(required=True)
    title = fields.Str(required=True)
    text = fields.Str(required=True)
    changed = fields.Str(required=True)


class GuideOut(Strict):
    """Only what is shown today. `reviewed_by`: who stands for it, until `review_by`."""

    id = fields.Str(required=True)
    key = fields.Str(required=True)
    about = fields.Str(required=True)
    name = fields.Str(required=True)
    topic = fields.Str(required=True)
    version = fields.Int(required=True)
    texts = fields.List(fields.Nested(GuideTextOut), required=True)
    sources = fields.Str(required=True)
    videos = fields.List(fields.Str(), required=True)
    reviewed_by = fields.Str(required=True)
    reviewer_role = fields.Str(required=True)
    reviewed_at = fields.Str(required=True, metadata={"format": "date-time"})
    review_by = fields.Str(required=True, metadata={"format": "date"})
    is_read = fields.Bool(required=True)


class GuidesOut(Strict):
    guides = fields.List(fields.Nested(GuideOut), required=True)


class GuideReadOut(Strict):
    """`is_new` false: it was noted before, and stands."""

    is_new = fields.Bool(required=True)


@endpoint("GET", "/patients/<patient_id>/guides", gives=GuidesOut)
@guarded(Action.READ_GUIDES)
def guides(patient_id: str) -> dict[str, Any]:
    """The guides about what the patient takes and has, in the languages there are."""
    with look() as db:
        found = guides_of(db, subject(), _today())
        names = {each.version.id: _reviewer(db.get_one(Person, _reviewer_id(each))) for each in found}
        return {"guides": [_told(each) | names[each.version.id] for each in found]}


@endpoint("POST", "/patients/<patient_id>/guides/<guide_id>/read", gives=GuideReadOut)
@guarded(Action.READ_GUIDES)
def read_guide(patient_id: str, guide_id: str) -> dict[str, Any]:
    """The patient read the version that is shown today. Again changes nothing."""
    with changes() as db:
        found = find_own(db, subject(), guide_id, _today())
        if found is None:
            raise Problem(404, "unknown_guide", "No guide of that id is shown to this patient today.")
        is_new = note_read(db, subject(), found.version, now())
        guide_was_read(db, guide_id)
        return {"is_new": is_new}


def _told(own: OwnGuide) -> dict[str, Any]:
    version, guide, review = own.version, own.version.guide, own.version.review
    assert review is not None, "only what was reviewed is shown"
    return {
        "id": guide.public_id,
        "key": guide.key,
        "about": guide.about,
        "name": guide.name,
        "topic": guide.topic,
        "version": version.number,
        "texts": [_text(own, language) for language in languages_of(version)],
        "sources": version.sources,
        "videos": version.videos,
        "reviewed_at": instant(review.reviewed_at, subject().zone),
        "review_by": review.review_by.isoformat(),
        "is_read": own.is_read,
    }


def _text(own: OwnGuide, language: str) -> dict[str, str]:
    said = {what: str(getattr(own.version, f"{what}_{language}")) for what in ("title", "text", "changed")}
    return {"language": language} | said


def _reviewer_id(own: OwnGuide) -> int:
    assert own.version.review is not None, "only what was reviewed is shown"
    return own.version.review.reviewer_id


def _reviewer(person: Person) -> dict[str, str]:
    return {"reviewed_by": person.name, "reviewer_role": person.role}


def _today() -> date:
    return now().astimezone(ZoneInfo(subject().zone)).date()
