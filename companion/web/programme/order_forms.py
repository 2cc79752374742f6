"""The shape of the forms about orders and pharmacies."""

from marshmallow import fields, validate

from companion.web.schemas import FormSchema


class OrderSchema(FormSchema):
    """`key`: one for each form that was shown, so that a form sent twice orders once."""

    MANY = ("medicines",)

    medicines = fields.List(fields.Str(validate=validate.Length(max=20)), load_default=list)
    area = fields.Str(load_default="", validate=validate.Length(max=80))
    address = fields.Str(load_default="")
    key = fields.Str(load_default="", validate=validate.Length(max=60))


class AgreeSchema(FormSchema):
    """`heard`: staff ticked that the patient was read the text and agreed."""

    agrees = fields.Str(required=True, validate=validate.OneOf(["yes", "no"]))
    heard = fields.Str(load_default="")


class PharmacySchema(FormSchema):
    name = fields.Str(load_default="")
    url = fields.Str(load_default="")
    areas = fields.Str(load_default="", validate=validate.Length(max=20_000))
    is_open = fields.Str(load_default="")
