"""What taking a sent change back by API takes and gives."""

from marshmallow import fields, validate

from companion.advice.taking_back.withdrawal_rules import Reason
from companion.web.api.schemas import Strict


class WithdrawalIn(Strict):
    """`reason` in words is needed for the code "other"."""

    code = fields.Enum(Reason, by_value=True, required=True)
    reason = fields.Str(load_default="", validate=validate.Length(max=300))


class WithdrawalOut(Strict):
    """`was_opened`: the patient had been shown the change, and somebody calls at once."""

    suggestion = fields.Str(required=True)
    code = fields.Str(required=True)
    reason = fields.Str(required=True)
    withdrawn_at = fields.Str(required=True, metadata={"format": "date-time"})
    was_opened = fields.Bool(required=True)
