"""The shape of every form of the clinic and the door. Schemas shape; they never query."""

from decimal import Decimal
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from companion.care.consent import Hears, Misses, Scope
from companion.care.endings import Ending
from companion.care.facts import NAMED, FactKind, Source
from companion.care.invitations import ValidDays
from companion.care.people import Role
from companion.care.regimens import DEFAULT_GRACE_MINUTES
from companion.reminders.schedules.schedule_models import PauseReason
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


class PasskeyNameSchema(FormSchema):
    name = fields.Str(required=True, validate=validate.Length(max=60))


class FactorCodeSchema(FormSchema):
    code = fields.Str(required=True, validate=validate.Length(max=40))


class PhoneSchema(FormSchema):
    phone = fields.Str(required=True, validate=validate.Length(max=40))


class EnrolSchema(FormSchema):
    role = fields.Str(required=True, validate=validate.OneOf([role.value for role in Role]))
    name = fields.Str(required=True)
    login = fields.Str(load_default=None)
    phone = fields.Str(load_default=None)
    language = fields.Str(load_default="zh")
    zone = fields.Str(required=True)
    birth_on = fields.Date(load_default=None)
    sex = fields.Str(load_default=None)
    consent = fields.Str(load_default=None)
    days = fields.Enum(ValidDays, by_value=True, load_default=ValidDays.SEVEN)


class InvitationSchema(FormSchema):
    days = fields.Enum(ValidDays, by_value=True, load_default=ValidDays.SEVEN)


class EntrySchema(FormSchema):
    """The code of an invitation, as it was typed."""

    code = fields.Str(required=True, validate=validate.Length(max=40))


class ForgottenSchema(FormSchema):
    login = fields.Str(required=True, validate=validate.Length(max=64))


class EndingSchema(FormSchema):
    """Whose care ends: why, and since when. `step`: first what it means is shown."""

    reason = fields.Enum(Ending, by_value=True, required=True)
    happened_on = fields.Date(required=True)
    step = fields.Str(load_default="check", validate=validate.OneOf(["check", "end"]))


class CareLinkSchema(FormSchema):
    MANY = ("scopes",)

    member = fields.Str(required=True)
    scopes = fields.List(fields.Enum(Scope, by_value=True), required=True)
    ends_on = fields.Date(load_default=None)
    consent = fields.Str(required=True)


class EndLinkSchema(FormSchema):
    member = fields.Str(required=True)
    scope = fields.Enum(Scope, by_value=True, required=True)


class AgreedHearingSchema(FormSchema):
    """What a caregiver may hear of missed doses, as the patient agreed."""

    hears = fields.Enum(Hears, by_value=True, required=True)
    hears_refills = fields.Bool(load_default=False)
    misses = fields.Enum(Misses, by_value=True, load_default=None)
    position = fields.Int(required=True)
    wait_minutes = fields.Int(required=True)


class OwnHearingSchema(FormSchema):
    """How a caregiver wants to hear it."""

    delay_minutes = fields.Int(load_default=0)
    digest_hour = fields.Int(required=True)
    quiet_override = fields.Bool(load_default=False)


class QuietHoursSchema(FormSchema):
    """Local times, or none."""

    quiet_from = fields.Str(load_default=None)
    quiet_until = fields.Str(load_default=None)


class AddressSchema(FormSchema):
    """Where somebody is reached. `agreed`: they said so to the clinic that notes it."""

    address = fields.Str(required=True, validate=validate.Length(max=1000))
    label = fields.Str(load_default=None, validate=validate.Length(max=60))
    agreed = fields.Bool(load_default=False)


class CodeSchema(FormSchema):
    code = fields.Str(required=True, validate=validate.Length(max=20))


class FactsSchema(FormSchema):
    """For each kind of fact its value and, as `<kind>_on`, the day it was measured. `source`: of all of them."""

    source = fields.Enum(Source, by_value=True, load_default=None)
    hba1c_unit = fields.Str(load_default="%", validate=validate.OneOf(["%", "mmol/mol"]))
    allergy = fields.Str(load_default=None)
    allergy_is = fields.Str(load_default="present")
    allergy_on = fields.Date(load_default=None)
    condition = fields.Str(load_default=None)
    condition_is = fields.Str(load_default="present")
    condition_on = fields.Date(load_default=None)


SINGLE_FACTS = tuple(kind for kind in FactKind if kind not in NAMED)
FactsForm = FactsSchema.from_dict(
    {kind.value: fields.Str(load_default=None) for kind in SINGLE_FACTS}
    | {f"{kind.value}_on": fields.Date(load_default=None) for kind in SINGLE_FACTS},
    name="FactsForm",
)


def _above_zero(amount: Decimal) -> None:
    if amount <= 0:
        raise ValidationError(marked("Write a number above 0."))


class DoseSchema(FormSchema):
    """What a clinician sets: how much, when, from when to when, and why. `kind` says which of the fields of the rule
    count (web.rule_forms)."""

    MANY = ("days",)

    kind = fields.Str(load_default="daily")
    amount = fields.Decimal(load_default=None, allow_nan=False, validate=_above_zero)
    days = fields.List(fields.Str(), load_default=list)
    times = fields.Str(load_default="")
    amounts = fields.Str(load_default="")
    n = fields.Int(load_default=None)
    month_days = fields.Str(load_default="")
    on = fields.Int(load_default=None)
    off = fields.Int(load_default=None)
    hours = fields.Decimal(load_default=None, allow_nan=False)
    first_at = fields.NaiveDateTime(load_default=None, format="%Y-%m-%dT%H:%M")
    opens = fields.Str(load_default="")
    closes = fields.Str(load_default="")
    every_minutes = fields.Int(load_default=None)
    steps = fields.Str(load_default="")
    max_per_24h = fields.Int(load_default=None)
    min_gap_minutes = fields.Int(load_default=None)
    minutes = fields.Int(load_default=None)
    other = fields.Str(load_default="")
    start_on = fields.Date(required=True)
    end_on = fields.Date(load_default=None)
    nag_minutes = fields.Int(load_default=None)
    nag_times = fields.Int(load_default=None)
    reason = fields.Str(required=True, validate=validate.Length(max=400))
    step = fields.Str(load_default="check")
    seen = fields.Int(load_default=0)


class PauseSchema(FormSchema):
    """Days on which a medicine rests. `every`: all the patient's medicines."""

    from_on = fields.Date(required=True)
    to_on = fields.Date(load_default=None)
    reason = fields.Enum(PauseReason, by_value=True, required=True)
    note = fields.Str(load_default="", validate=validate.Length(max=200))
    every = fields.Bool(load_default=False)


class NewMedicineSchema(DoseSchema):
    drug = fields.Str(required=True)
    drug_class = fields.Str(required=True)
    unit = fields.Str(required=True)
    food = fields.Str(load_default="")
    grace_minutes = fields.Int(load_default=DEFAULT_GRACE_MINUTES)
    is_critical = fields.Bool(load_default=False)
