"""What the API takes and gives about orders to pharmacies."""

from marshmallow import fields, validate

from companion.programme.orders.order_life import OrderState
from companion.web.api.schemas import Strict

INSTANT = {"format": "date-time"}


class MedicineOrderIn(Strict):
    """`area`: one of those where the pharmacy delivers; `address`: where it is to be brought, kept sealed."""

    pharmacy = fields.Str(required=True)
    area = fields.Str(required=True, validate=validate.Length(max=80))
    address = fields.Str(required=True, validate=validate.Length(max=300))
    medicines = fields.List(fields.Str(), required=True, validate=validate.Length(1, 100))


class OrderedMedicineOut(Strict):
    """`pieces` 0: one pack, nobody knows how many are used."""

    medicine = fields.Str(required=True)
    drug = fields.Str(required=True)
    pieces = fields.Int(required=True)
    piece = fields.Str(required=True)
    packs = fields.Int(allow_none=True, required=True)
    is_urgent = fields.Bool(required=True)


class MedicineOrderOut(Strict):
    """`why`: what ended it otherwise than by delivery."""

    id = fields.Str(required=True)
    pharmacy = fields.Str(required=True)
    pharmacy_name = fields.Str(required=True)
    area = fields.Str(required=True)
    is_urgent = fields.Bool(required=True)
    state = fields.Str(required=True, validate=validate.OneOf([state.value for state in OrderState]))
    why = fields.Str(allow_none=True, required=True)
    placed_at = fields.Str(required=True, metadata=INSTANT)
    promised_by = fields.Str(required=True, metadata=INSTANT)
    delivered_at = fields.Str(allow_none=True, required=True, metadata=INSTANT)
    medicines = fields.List(fields.Nested(OrderedMedicineOut), required=True)


class MedicineOrdersOut(Strict):
    orders = fields.List(fields.Nested(MedicineOrderOut), required=True)
