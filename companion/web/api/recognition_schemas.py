"""What the API says of points and coupons."""

from marshmallow import Schema, fields, validate


class TierOut(Schema):
    key = fields.Str(required=True)
    name = fields.Str(required=True)


class RewardOut(Schema):
    key = fields.Str(required=True)
    name = fields.Str(required=True)
    cost = fields.Int(required=True)


class CouponOut(Schema):
    code = fields.Str(required=True)
    reward = fields.Str(required=True)
    name = fields.Str(required=True)
    issued_at = fields.Str(required=True)
    expires_at = fields.Str(required=True)
    used_at = fields.Str(required=True, allow_none=True)


class RecognitionOut(Schema):
    balance = fields.Int(required=True)
    earned = fields.Int(required=True)
    tier = fields.Nested(TierOut, required=True)
    rewards = fields.List(fields.Nested(RewardOut), required=True)
    coupons = fields.List(fields.Nested(CouponOut), required=True)


class CouponIn(Schema):
    reward = fields.Str(required=True, validate=validate.Length(min=1, max=30))
    key = fields.Str(required=True, validate=validate.Length(min=1, max=60))
