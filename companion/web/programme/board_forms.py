"""What is written on boards. Whether it may stand there is looked at further down (`board.screening`)."""

from marshmallow import fields, validate

from companion.web.schemas import FormSchema


class WordsSchema(FormSchema):
    words = fields.Str(required=True, validate=validate.Length(max=5000))
