"""What the API takes and gives about reports of check-ups."""

from marshmallow import fields, validate

from companion.programme.checkups.checkup_models import ReportFormat, ValueState
from companion.web.api.schemas import Strict


class ValueOut(Strict):
    """In the unit in which it is kept. `told`: as it was sent. It counts only once it is confirmed."""

    id = fields.Str(required=True)
    kind = fields.Str(required=True)
    value = fields.Str(required=True)
    unit = fields.Str(required=True)
    told = fields.Str(required=True)
    measured_on = fields.Str(required=True, metadata={"format": "date"})
    state = fields.Str(required=True, validate=validate.OneOf(list(ValueState)))


class LeftOut(Strict):
    what = fields.Str(required=True)
    why = fields.Str(required=True)


class CheckupOut(Strict):
    """`left`: what nothing was taken from, and why."""

    id = fields.Str(required=True)
    name = fields.Str(required=True)
    format = fields.Str(required=True, validate=validate.OneOf(list(ReportFormat)))
    sent_at = fields.Str(required=True, metadata={"format": "date-time"})
    values = fields.List(fields.Nested(ValueOut), required=True)
    left = fields.List(fields.Nested(LeftOut), required=True)


class CheckupsOut(Strict):
    """The newest first."""

    checkups = fields.List(fields.Nested(CheckupOut), required=True)


class DecisionIn(Strict):
    is_right = fields.Bool(required=True)
