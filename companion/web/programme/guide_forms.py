"""The forms of guides: what a guide is about, what a version says, and the act of standing for one."""

from typing import Any

from marshmallow import fields, validate

from companion.programme.guides.kinds import About, Topic
from companion.programme.guides.models import GuideVersion
from companion.programme.guides.writing import Texts
from companion.web.schemas import FormSchema

TEXTS = ("title_en", "title_zh", "text_en", "text_zh", "sources", "changed_en", "changed_zh")


class VersionSchema(FormSchema):
    """`videos`: one address a line."""

    title_en = fields.Str(load_default="")
    title_zh = fields.Str(load_default="")
    text_en = fields.Str(load_default="")
    text_zh = fields.Str(load_default="")
    sources = fields.Str(required=True)
    videos = fields.Str(load_default="")
    changed_en = fields.Str(load_default="")
    changed_zh = fields.Str(load_default="")


class GuideSchema(VersionSchema):
    """`drug`, `drug_class` and `condition`: the one that `about` names counts."""

    key = fields.Str(required=True)
    about = fields.Str(required=True, validate=validate.OneOf([about.value for about in About]))
    drug = fields.Str(load_default="")
    drug_class = fields.Str(load_default="")
    condition = fields.Str(load_default="")
    topic = fields.Str(required=True, validate=validate.OneOf([topic.value for topic in Topic]))


class ReviewGuideSchema(FormSchema):
    review_by = fields.Date(required=True)
    compared = fields.Bool(required=True, validate=validate.Equal(True))
    quiz = fields.Str(load_default="")  # the digest of the quiz that was read beside it


class PictureSchema(FormSchema):
    label = fields.Str(required=True, validate=validate.Length(max=120))


def texts_of(said: dict[str, Any]) -> Texts:
    videos = tuple(line.strip() for line in said["videos"].splitlines() if line.strip())
    return Texts(**{name: said[name] for name in TEXTS}, videos=videos)


def typed(version: GuideVersion) -> dict[str, str]:
    """What stands in the form of the next version at first: all but what changes in it."""
    same = {name: getattr(version, name) for name in TEXTS if not name.startswith("changed")}
    return same | {"videos": "\n".join(version.videos)}
