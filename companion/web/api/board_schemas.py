"""What the API says of a board."""

from marshmallow import Schema, fields, validate


class PostOut(Schema):
    id = fields.Str(required=True)
    name = fields.Str(required=True)
    is_professional = fields.Bool(required=True)
    words = fields.Str(required=True)
    sent_at = fields.Str(required=True)
    state = fields.Str(required=True)


class ThreadOut(PostOut):
    answers = fields.List(fields.Nested(PostOut), required=True)


class BoardOut(Schema):
    questions = fields.List(fields.Nested(ThreadOut), required=True)
    own = fields.List(fields.Nested(PostOut), required=True)


class QuestionIn(Schema):
    words = fields.Str(required=True, validate=validate.Length(min=1, max=5000))


class CallOut(Schema):
    words = fields.Str(required=True)
    emergency = fields.Str(required=True)
    clinic = fields.Str(required=True)


class QuestionOut(Schema):
    state = fields.Str(required=True)
    act_now = fields.Nested(CallOut, required=True, allow_none=True)
