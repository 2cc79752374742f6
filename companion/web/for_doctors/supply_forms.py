"""The forms about packs."""

from decimal import Decimal

from marshmallow import ValidationError, fields, validate

from companion.care.regimens import UNITS
from companion.reminders.supply.stock import EntryKind
from companion.reminders.supply.supply import MOST_PIECES
from companion.web.language import marked
from companion.web.schemas import FormSchema


def _above_zero(number: Decimal) -> None:
    if not 0 < number <= MOST_PIECES:
        raise ValidationError(marked("Write a number above 0."))


def _not_below_zero(number: Decimal) -> None:
    if not 0 <= number <= MOST_PIECES:
        raise ValidationError(marked("Write a number, 0 or above."))


class EntrySchema(FormSchema):
    """`key` is made with the page: the same form sent twice is one line. `per_piece` only while nobody said it."""

    key = fields.Str(required=True, validate=validate.Length(1, 60))
    per_piece = fields.Decimal(load_default=None, allow_nan=False, validate=_above_zero)
    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class ReceivedSchema(EntrySchema):
    packs = fields.Int(required=True, validate=validate.Range(1, 100))
    pack_size = fields.Decimal(required=True, allow_nan=False, validate=_above_zero)
    expires_on = fields.Date(load_default=None)
    on = fields.Date(load_default=None)


class CountedSchema(EntrySchema):
    counted = fields.Decimal(required=True, allow_nan=False, validate=_not_below_zero)


class GoneSchema(EntrySchema):
    gone = fields.Decimal(required=True, allow_nan=False, validate=_above_zero)
    why = fields.Enum(EntryKind, by_value=True, required=True)


class SupplySchema(FormSchema):
    """How packs are counted, and by how many days more is asked for before they run out."""

    piece = fields.Str(required=True, validate=validate.OneOf(UNITS))
    per_piece = fields.Decimal(required=True, allow_nan=False, validate=_above_zero)
    lead_days = fields.Int(required=True, validate=validate.Range(0, 90))
    safety_days = fields.Int(required=True, validate=validate.Range(0, 90))
