"""What the API takes and gives about how patients feel, and about what cannot wait."""

from marshmallow import fields, validate

from companion.care.report_kinds import What
from companion.care.reported import EndedAs
from companion.web.api.schemas import Strict


class ReportIn(Strict):
    what = fields.List(fields.Enum(What, by_value=True), required=True, validate=validate.Length(1, len(What)))


class EndIn(Strict):
    """`over`: it was so and is no more; `mistake`: it never was."""

    how = fields.Enum(EndedAs, by_value=True, required=True)


class ReportOut(Strict):
    id = fields.Str(required=True)
    what = fields.Str(required=True, validate=validate.OneOf([what.value for what in What]))
    told_at = fields.Str(required=True, metadata={"format": "date-time"})
    counts_until = fields.Str(required=True, metadata={"format": "date-time"})
    ended_as = fields.Str(required=True, allow_none=True, metadata={"description": "over or mistake"})


class ReportsOut(Strict):
    """What still counts, the latest first."""

    reports = fields.List(fields.Nested(ReportOut), required=True)


class ActNowOut(Strict):
    """An urgent event that the patient has not read. `signed_by` null: no clinician signed what to do, and `words` only
    say whom to call."""

    event = fields.Str(required=True)
    last_at = fields.Str(required=True, metadata={"format": "date-time"})
    words = fields.Str(required=True)
    signed_by = fields.Str(required=True, allow_none=True)


class ReportedOut(Strict):
    """`act_now`: what the person has to be told at once."""

    reports = fields.List(fields.Nested(ReportOut), required=True)
    act_now = fields.List(fields.Nested(ActNowOut), required=True)
