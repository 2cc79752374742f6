"""The shape of every form of the clinic and the door. Schemas shape; they never query."""

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from companion.web.language import marked


class FormSchema(Schema):
    """A form. Fields it does not name (the CSRF token, the button) are left aside."""

    MANY: tuple[str, ...] = ()
    """Fields that may be ticked more than once."""

    class Meta:
        unknown = EXCLUDE


class SignInSchema(FormSchema):
    login = fields.Str(required=True, validate=validate.Length(max=64))
    password = fields.Str(required=True, validate=validate.Length(max=1000))


class ConfirmPasswordSchema(FormSchema):
    password = fields.Str(required=True, validate=validate.Length(max=1000))


class NewPasswordSchema(FormSchema):
    password = fields.Str(required=True)
    again = fields.Str(required=True)

    @validates_schema(skip_on_field_errors=True)
    def check_both_are_the_same(self, data: dict[str, Any], **_options: Any) -> None:
        if data["password"] != data["again"]:
            raise ValidationError(marked("The two are not the same."), "again")
