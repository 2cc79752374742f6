"""What the API takes and gives about care plans."""

from marshmallow import fields, validate

from companion.programme.care_plans.plan_models import LineKind, LineState
from companion.programme.care_plans.plan_rules import LONGEST_WORDS
from companion.web.api.schemas import Strict


class OwnerOut(Strict):
    id = fields.Str(required=True)
    name = fields.Str(required=True)


class LineOut(Strict):
    """A goal or a step. `is_late`: its day is over, and it is open."""

    id = fields.Str(required=True)
    kind = fields.Str(required=True, validate=validate.OneOf(list(LineKind)))
    words = fields.Str(required=True)
    owner = fields.Nested(OwnerOut, required=True)
    due_on = fields.Str(required=True, allow_none=True, metadata={"format": "date"})
    state = fields.Str(required=True, validate=validate.OneOf(list(LineState)))
    is_late = fields.Bool(required=True)
    closed_at = fields.Str(required=True, allow_none=True, metadata={"format": "date-time"})
    end_words = fields.Str(required=True, metadata={"description": "what was done; empty where nobody wrote it"})


class CarePlanOut(Strict):
    """Steps by their day; what was closed, the last first."""

    goals = fields.List(fields.Nested(LineOut), required=True)
    steps = fields.List(fields.Nested(LineOut), required=True)
    closed = fields.List(fields.Nested(LineOut), required=True)
    reviewed_at = fields.Str(required=True, allow_none=True, metadata={"format": "date-time"})
    next_review_on = fields.Str(required=True, allow_none=True, metadata={"format": "date"})


class DoneIn(Strict):
    words = fields.Str(load_default="", validate=validate.Length(max=LONGEST_WORDS))
