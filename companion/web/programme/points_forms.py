"""Forms of points: what a patient buys, and a coupon that is used at the clinic."""

from marshmallow import fields, validate

from companion.web.schemas import FormSchema

KEY = validate.Length(min=1, max=60)


class BuySchema(FormSchema):
    reward = fields.Str(required=True, validate=validate.Length(max=30))
    key = fields.Str(required=True, validate=KEY)


class UseSchema(FormSchema):
    code = fields.Str(required=True, validate=validate.Length(max=20))
    key = fields.Str(required=True, validate=KEY)
