"""What the API takes and gives about packs and about doses taken. Every figure comes with what it is of."""

from marshmallow import fields, validate

from companion.reminders.adherence import PERIODS
from companion.reminders.supply.stock import EntryKind
from companion.web.api.schemas import DecimalString, Instant, Quantity, Strict

DAY = {"format": "date"}


class MedicineSupplyOut(Strict):
    """`on_hand` null: nobody said how much there is; it may be below zero. `doubts`: why it may be wrong."""

    medicine = fields.Str(required=True)
    drug = fields.Str(required=True)
    on_hand = fields.Nested(Quantity, allow_none=True, required=True)
    piece = fields.Str(required=True, metadata={"description": "what a pack holds: tablet, ml, U …"})
    pieces = DecimalString(allow_none=True, required=True)
    used_a_day = fields.Nested(Quantity, allow_none=True, required=True)
    days_left = fields.Int(allow_none=True, required=True)
    run_out_on = fields.Str(allow_none=True, required=True, metadata=DAY)
    run_out_by_use_on = fields.Str(allow_none=True, required=True, metadata=DAY)
    reorder_on = fields.Str(allow_none=True, required=True, metadata=DAY)
    is_low = fields.Bool(required=True)
    doubts = fields.List(fields.Str(), required=True)


class SupplyOut(Strict):
    medicines = fields.List(fields.Nested(MedicineSupplyOut), required=True)
    asked_at = fields.Str(
        allow_none=True, required=True, metadata={"description": "since when a refill request is open"}
    )


class SupplyEntryIn(Strict):
    """`pieces`: what came, went, or (counted) is there, in the pieces of the packs."""

    kind = fields.Enum(EntryKind, by_value=True, required=True)
    pieces = DecimalString(required=True)
    at = Instant(load_default=None)
    reason = fields.Str(load_default="", validate=validate.Length(max=200))
    packs = fields.Int(load_default=None, validate=validate.Range(1, 100))
    pack_size = DecimalString(load_default=None)
    expires_on = fields.Date(load_default=None)


class RefillRequestIn(Strict):
    medicines = fields.List(fields.Str(), required=True, validate=validate.Length(1, 100))


class RefillRequestOut(Strict):
    """`is_new` false: a request was open, and stands."""

    is_new = fields.Bool(required=True)
    asked_at = fields.Str(required=True, metadata={"format": "date-time"})


class AdherenceQuery(Strict):
    days = fields.Int(load_default=14, validate=validate.OneOf(PERIODS))


class ShareOut(Strict):
    n = fields.Int(required=True)
    of = fields.Int(required=True, metadata={"description": "the denominator"})


class FiguresOut(Strict):
    """docs/adherence.md defines each. `unreached`: doses of which no reminder arrived; in no denominator."""

    taken = fields.Nested(ShareOut, required=True)
    on_time = fields.Nested(ShareOut, required=True)
    answered = fields.Nested(ShareOut, required=True)
    full_days = fields.Nested(ShareOut, required=True)
    current_streak = fields.Int(required=True)
    longest_streak = fields.Int(required=True)
    unreached = fields.Int(required=True)


class FillsOut(Strict):
    """PDC = covered / days, MPR = supplied / days, of the packs received."""

    pdc = fields.Float(required=True)
    mpr = fields.Float(required=True)
    covered = fields.Int(required=True)
    supplied = fields.Int(required=True)
    days = fields.Int(required=True)


class MedicineAdherenceOut(Strict):
    medicine = fields.Str(required=True)
    drug = fields.Str(required=True)
    figures = fields.Nested(FiguresOut, required=True)
    fills = fields.Nested(FillsOut, allow_none=True, required=True)


class AdherenceOut(Strict):
    days = fields.Int(required=True, metadata={"description": "local days, today included"})
    on_time_minutes = fields.Int(required=True)
    all = fields.Nested(FiguresOut, required=True)
    medicines = fields.List(fields.Nested(MedicineAdherenceOut), required=True)
