"""The forms of a suggestion's page. `digest` stands for everything that was on the screen."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from companion.advice.deciding.acts import Act, Decision
from companion.advice.deciding.decision_codes import NEEDS_WORDS, PutOff, Rejection
from companion.web.for_doctors.deciding import authenticated_at
from companion.web.forms import Form
from companion.web.language import marked
from companion.web.schemas import FormSchema

DIGEST = validate.Length(equal=64)
LAST_MS = 253_402_300_799_000
"""The end of the year 9999, in milliseconds since 1970."""


STEPS = ("approve", "amend", "reject", "put_off")
"""What the decision's page asks for, one at a time."""


class ClaimSchema(FormSchema):
    """`shown_at`: when the page came on the screen, in milliseconds since 1970. `step`: what the doctor goes on to."""

    step = fields.Str(load_default="", validate=validate.OneOf(["", *STEPS]))
    shown_at = fields.Int(load_default=None, validate=validate.Range(0, LAST_MS))


class DecisionSchema(FormSchema):
    digest = fields.Str(required=True, validate=DIGEST)
    decision = fields.Enum(Decision, by_value=True, required=True)
    amount = fields.Decimal(load_default=None, allow_nan=False)
    other_amount = fields.Decimal(load_default=None, allow_nan=False)
    """Typed, where `amount` was chosen from a list."""
    code = fields.Enum(Rejection, by_value=True, load_default=None)
    reason = fields.Str(load_default="", validate=validate.Length(max=300))

    @validates_schema(skip_on_field_errors=True)
    def check_rejection_says_why(self, data: dict[str, Any], **_options: Any) -> None:
        if data["decision"] is not Decision.REJECTED:
            return
        if data["code"] is None:
            raise ValidationError(marked("Choose a reason."), "code")
        if data["code"] in NEEDS_WORDS and not data["reason"]:
            raise ValidationError(marked("Write the reason."), "reason")

    @validates_schema(skip_on_field_errors=True)
    def check_one_amount(self, data: dict[str, Any], **_options: Any) -> None:
        if None not in (data["amount"], data["other_amount"]):
            raise ValidationError(marked("Choose an amount or write one, not both."), "other_amount")


class PutOffSchema(FormSchema):
    hours = fields.Int(required=True, validate=validate.Range(1, 24 * 14))
    why = fields.Enum(PutOff, by_value=True, required=True)


class SecondSchema(FormSchema):
    digest = fields.Str(required=True, validate=DIGEST)
    answer = fields.Str(required=True, validate=validate.OneOf(["sign", "refuse"]))


def act_of(form: Form) -> Act:
    """What the doctor pressed, in the terms of `advice`."""
    given = form.data
    amount = given["amount"] if given["other_amount"] is None else given["other_amount"]
    return Act(
        decision=given["decision"],
        shown_digest=given["digest"],
        authenticated_at=authenticated_at(),
        amount=amount if given["decision"] is Decision.AMENDED else None,
        code=given["code"],
        reason=given["reason"],
    )
