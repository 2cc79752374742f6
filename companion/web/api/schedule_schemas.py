"""What the API takes and gives about schedules."""

from marshmallow import fields, validate

from companion.care.regimens import FOOD, UNITS
from companion.web.api.schemas import DecimalString, Instant, Quantity, Strict


class RuleIn(Strict):
    """A rule as `companion timetable` takes it. `amount` may be left out where the rule names amounts."""

    rule = fields.Dict(required=True)
    amount = DecimalString(load_default=None)
    unit = fields.Str(required=True, validate=validate.OneOf(UNITS))
    food = fields.Str(load_default="", validate=validate.OneOf(FOOD))
    start_on = fields.Date(load_default=None)
    end_on = fields.Date(load_default=None)


class WordsOut(Strict):
    en = fields.Str(required=True)
    zh = fields.Str(required=True)


class RulePreviewOut(Strict):
    words = fields.Nested(WordsOut, required=True)
    next_times = fields.List(fields.Str(metadata={"format": "date-time"}), required=True)


class IntakeIn(Strict):
    """`taken_at`: now, if left out. `amount`: as prescribed, if left out."""

    taken_at = Instant(load_default=None)
    amount = DecimalString(load_default=None)
    anyway = fields.Bool(load_default=False)


class IntakeOut(Strict):
    id = fields.Str(required=True)
    medicine = fields.Str(required=True)
    taken_at = fields.Str(required=True, metadata={"format": "date-time"})
    amount = fields.Nested(Quantity, required=True)
    against = fields.Str(required=True, allow_none=True)
