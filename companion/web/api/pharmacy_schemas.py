"""What the API takes and gives about partner pharmacies and their prices."""

from marshmallow import fields, validate

from companion.care.regimens import UNITS
from companion.programme.orders.price_file import LONGEST, MOST_ROWS
from companion.web.api.schemas import DecimalString, Strict

AMOUNT = r"^(?!0+(\.0+)?$)[0-9]{1,6}(\.[0-9]{1,4})?$"


class PharmacyAreaOut(Strict):
    """Promised within so many hours of the order."""

    name = fields.Str(required=True)
    urgent_hours = fields.Int(required=True)
    usual_hours = fields.Int(required=True)


class PriceListOut(Strict):
    """`version`: the highest of a pharmacy counts; versions are never changed."""

    version = fields.Int(required=True)
    sha256 = fields.Str(required=True)
    at = fields.Str(required=True, metadata={"format": "date-time"})


class PharmacyOut(Strict):
    """`price_list` null: none was brought yet. No secret and no address to send to."""

    id = fields.Str(required=True)
    name = fields.Str(required=True)
    is_open = fields.Bool(required=True)
    areas = fields.List(fields.Nested(PharmacyAreaOut), required=True)
    price_list = fields.Nested(PriceListOut, required=True, allow_none=True)


class PharmaciesOut(Strict):
    """By name."""

    pharmacies = fields.List(fields.Nested(PharmacyOut), required=True)


class PriceIn(Strict):
    """One pack. `piece`: what it holds. `batch` "" and `expires_on` null where the pharmacy does not say."""

    drug = fields.Str(required=True, validate=validate.Length(1, LONGEST["drug"]))
    piece = fields.Str(required=True, validate=validate.OneOf(list(UNITS)))
    pack_size = fields.Str(required=True, validate=validate.Regexp(AMOUNT))
    price = fields.Str(required=True, validate=validate.Regexp(AMOUNT))
    currency = fields.Str(required=True, validate=validate.Regexp(r"^[A-Z]{3}$"))
    batch = fields.Str(load_default="", validate=validate.Length(max=LONGEST["batch"]))
    expires_on = fields.Date(load_default=None, allow_none=True)


class PriceListIn(Strict):
    """A whole list. `replaces`: the version that is in force as the sender knows it; 0 before the first."""

    replaces = fields.Int(required=True, strict=True, validate=validate.Range(0, 1_000_000))
    prices = fields.List(fields.Nested(PriceIn), required=True, validate=validate.Length(1, MOST_ROWS))


class PriceListTakenOut(PriceListOut):
    """`is_new` false: that list was in force already, and stands."""

    is_new = fields.Bool(required=True)


class PriceOut(Strict):
    drug = fields.Str(required=True)
    piece = fields.Str(required=True)
    pack_size = DecimalString(required=True)
    price = DecimalString(required=True)
    currency = fields.Str(required=True)
    batch = fields.Str(required=True)
    expires_on = fields.Date(required=True, allow_none=True)


class PricesOut(Strict):
    """`price_list` null: there is none, and no prices."""

    price_list = fields.Nested(PriceListOut, required=True, allow_none=True)
    prices = fields.List(fields.Nested(PriceOut), required=True)
    has_more = fields.Bool(required=True)


class PricesQuery(Strict):
    page = fields.Int(load_default=1, validate=validate.Range(1, 1000))
