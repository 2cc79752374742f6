"""What record systems send by CDS Hooks 2.0, as far as it is read here."""

from marshmallow import EXCLUDE, Schema, fields, validate

ANSWERS_AT_MOST = 200


class _Open(Schema):
    """Record systems add members of their own, and later versions more."""

    class Meta:
        unknown = EXCLUDE


class _Context(_Open):
    user_id = fields.Str(required=True, validate=validate.Length(1, 200), data_key="userId")
    patient_id = fields.Str(required=True, validate=validate.Length(1, 80), data_key="patientId")


class PatientView(_Open):
    hook = fields.Str(required=True, validate=validate.Equal("patient-view"))
    hook_instance = fields.UUID(required=True, data_key="hookInstance")
    context = fields.Nested(_Context, required=True)


class _Coded(_Open):
    code = fields.Str(required=True, validate=validate.Length(max=120))


class _Override(_Open):
    reason = fields.Nested(_Coded, load_default=None, allow_none=True)
    comment = fields.Str(load_default="", data_key="userComment")


class _Answer(_Open):
    card = fields.UUID(required=True)
    outcome = fields.Str(required=True, validate=validate.OneOf(("accepted", "overridden")))
    override = fields.Nested(_Override, load_default=None, allow_none=True, data_key="overrideReason")
    said_at = fields.AwareDateTime(required=True, format="iso", data_key="outcomeTimestamp")


class Feedback(_Open):
    feedback = fields.List(fields.Nested(_Answer), required=True, validate=validate.Length(1, ANSWERS_AT_MOST))
