"""What the API takes and gives. Strict: a field nobody knows is an error. Amounts are decimal strings with a unit."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from companion.advice.deciding.acts import Decision
from companion.advice.deciding.decision_codes import PutOff, Rejection
from companion.exporting.export import Format
from companion.readings.reading import Meal, Metric
from companion.reminders.doses.dose_state import SkipReason
from companion.web.for_patients.answering import LATER_MINUTES

DECIMAL = r"^-?\d{1,6}(\.\d{1,6})?$"


EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""No meter is older, and nothing here is planned so far ahead."""


class Instant(fields.AwareDateTime):
    """RFC 3339 with an offset; a time without one is refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="iso", validate=validate.Range(EARLIEST, LATEST), **options)


class DecimalString(fields.String):
    """An exact number: "7.8". Never a JSON number, which a reader may round."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validate=validate.Regexp(DECIMAL), **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> Any:
        return format(value, "f") if isinstance(value, Decimal) else value

    def deserialize(self, value: Any, *given: Any, **options: Any) -> Any:
        text = super().deserialize(value, *given, **options)
        return Decimal(text) if isinstance(text, str) else text


class AmountTaken(fields.String):
    """What was taken: an exact number above 0, like "0.5"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validate=validate.Regexp(r"^(?!0+(\.0+)?$)\d{1,5}(\.\d{1,6})?$"), **options)

    def deserialize(self, value: Any, *given: Any, **options: Any) -> Any:
        text = super().deserialize(value, *given, **options)
        return Decimal(text) if isinstance(text, str) else text


class Strict(Schema):
    class Meta:
        unknown = RAISE


class ProblemError(Strict):
    """One thing that is wrong, and where: a JSON pointer into the request."""

    pointer = fields.Str(required=True)
    detail = fields.Str(required=True)


class ProblemOut(Schema):
    """RFC 9457. `code` is what programs may rely on."""

    type = fields.Str(required=True)
    title = fields.Str(required=True)
    status = fields.Int(required=True)
    detail = fields.Str(required=True)
    instance = fields.Str()
    code = fields.Str(required=True)
    errors = fields.List(fields.Nested(ProblemError))


class Quantity(Strict):
    """A value and its UCUM unit."""

    value = DecimalString(required=True)
    unit = fields.Str(required=True, metadata={"description": "UCUM: mg/dL, mmol/L, mm[Hg], /min, U, mg …"})


class Page(Strict):
    """Which part of a list."""

    limit = fields.Int(load_default=100, validate=validate.Range(1, 500))
    cursor = fields.Str(load_default=None, metadata={"description": "`next` of the page before; opaque"})


class ReadingsQuery(Page):
    metric = fields.Enum(Metric, by_value=True, load_default=Metric.GLUCOSE)
    since = Instant(load_default=None, data_key="from")
    until = Instant(load_default=None, data_key="to")


class ExportQuery(Strict):
    format = fields.Enum(Format, by_value=True, load_default=Format.JSON)


class ReadingOut(Strict):
    id = fields.Str(required=True)
    metric = fields.Enum(Metric, by_value=True, required=True)
    taken_at = fields.Str(required=True, metadata={"format": "date-time"})
    device_time = fields.Str(metadata={"description": "what the device showed, local, without a zone"})
    clock_offset_s = fields.Int(metadata={"description": "seconds that were added to it"})
    flags = fields.List(
        fields.Str(),
        metadata={"description": "why `taken_at` is what it is (docs/devices), and what disturbed the device"},
    )
    value = fields.Nested(Quantity, allow_none=True)
    diastolic = fields.Nested(Quantity, allow_none=True)
    pulse = fields.Nested(Quantity, allow_none=True)
    limit = fields.Str(allow_none=True, metadata={"description": "HI or LO; then there is no value"})
    meal = fields.Str(allow_none=True)
    kind = fields.Str(required=True)
    device = fields.Str(required=True)
    is_excluded = fields.Bool(required=True)
    note = fields.Str(metadata={"description": "what the patient wrote about it; empty without a note"})


class ReadingPage(Strict):
    readings = fields.List(fields.Nested(ReadingOut), required=True)
    next = fields.Str(allow_none=True, required=True)


class ReadingIn(Strict):
    """A reading somebody typed. Glucose: `value`. Blood pressure: `value` is the systolic one."""

    metric = fields.Enum(Metric, by_value=True, required=True)
    taken_at = Instant(required=True)
    value = fields.Nested(Quantity, required=True)
    diastolic = fields.Nested(Quantity, load_default=None)
    pulse = fields.Nested(Quantity, load_default=None)
    meal = fields.Enum(Meal, by_value=True, load_default=None)


class TakenInOut(Strict):
    """Everything counted here is durable."""

    intake = fields.Str(required=True)
    new = fields.Int(required=True)
    known = fields.Int(required=True)
    refused = fields.Int(required=True)


class DosesQuery(Page):
    since = Instant(load_default=None, data_key="from")
    until = Instant(load_default=None, data_key="to")


class DoseOut(Strict):
    id = fields.Str(required=True)
    medicine = fields.Str(required=True)
    drug = fields.Str(required=True)
    due_at = fields.Str(required=True, metadata={"format": "date-time"})
    window_ends_at = fields.Str(required=True, metadata={"format": "date-time"})
    amount = fields.Nested(
        Quantity, allow_none=True, metadata={"description": "null while a change has to be read first"}
    )
    state = fields.Str(required=True)
    answered_at = fields.Str(allow_none=True)
    answered_via = fields.Str(allow_none=True)
    is_late = fields.Bool(required=True, metadata={"description": "answered only after its window"})
    taken_at = fields.Str(
        allow_none=True, metadata={"format": "date-time", "description": "null also where the patient did not say when"}
    )
    amount_taken = fields.Nested(Quantity, allow_none=True, metadata={"description": "where it was another amount"})
    reason = fields.Str(allow_none=True)
    remark = fields.Str(allow_none=True)


class DoseEventOut(Strict):
    """`event` is the dose's new state, or "undo": the answer before it was taken back."""

    event = fields.Str(required=True)
    at = fields.Str(required=True, metadata={"format": "date-time"})
    via = fields.Str(required=True)
    taken_at = fields.Str(allow_none=True, metadata={"format": "date-time"})
    amount_taken = fields.Nested(Quantity, allow_none=True)
    reason = fields.Str(allow_none=True)
    remark = fields.Str(allow_none=True)


class DoseHistory(Strict):
    events = fields.List(fields.Nested(DoseEventOut), required=True)


class DosePage(Strict):
    doses = fields.List(fields.Nested(DoseOut), required=True)
    next = fields.Str(allow_none=True, required=True)


class CorrectionIn(Strict):
    """The right answer. Taken: at `taken_at`, in the `amount`, where that was another one, as a number above 0."""

    answer = fields.Str(required=True, validate=validate.OneOf(["taken", "skip"]))
    taken_at = Instant(load_default=None)
    amount = AmountTaken(load_default=None)
    reason = fields.Str(load_default="", validate=validate.OneOf(["", *[reason.value for reason in SkipReason]]))
    remark = fields.Str(load_default="", validate=validate.Length(max=200))


class AnswerIn(CorrectionIn):
    """`minutes` belong to "later"."""

    answer = fields.Str(required=True, validate=validate.OneOf(["taken", "later", "skip"]))
    minutes = fields.Int(load_default=LATER_MINUTES[0], validate=validate.OneOf(LATER_MINUTES))


class ClaimOut(Strict):
    """Who is deciding on it just now."""

    by = fields.Str(required=True)
    until = fields.Str(required=True, metadata={"format": "date-time"})


class SecondOpinionOut(Strict):
    """An amendment that waits for another clinician's signature."""

    by = fields.Str(required=True)
    at = fields.Str(required=True, metadata={"format": "date-time"})
    amount = fields.Nested(Quantity, required=True)
    reason = fields.Str(required=True)
    risks = fields.List(fields.Str(), required=True)


class SignatureOut(Strict):
    """By whose signature the protocol ran. `is_demo`: a demo account's, not for care."""

    id = fields.Str(required=True)
    by = fields.Str(required=True)
    is_demo = fields.Bool(required=True)


class SuggestionOut(Strict):
    id = fields.Str(required=True)
    patient = fields.Str(required=True)
    medicine = fields.Str(required=True)
    drug = fields.Str(required=True)
    action = fields.Str(required=True)
    from_amount = fields.Nested(Quantity, required=True, data_key="from")
    to_amount = fields.Nested(Quantity, required=True, data_key="to")
    is_urgent = fields.Bool(required=True)
    protocol = fields.Str(required=True)
    rule = fields.Str(required=True)
    registry_hash = fields.Str(required=True)
    signature = fields.Nested(SignatureOut, allow_none=True, required=True)
    state = fields.Str(required=True)
    created_at = fields.Str(required=True, metadata={"format": "date-time"})
    expires_at = fields.Str(required=True, metadata={"format": "date-time"})
    claim = fields.Nested(ClaimOut, allow_none=True, required=True)
    second_opinion = fields.Nested(SecondOpinionOut, allow_none=True, required=True)
    put_off_until = fields.Str(allow_none=True, required=True, metadata={"format": "date-time"})


class SuggestionList(Strict):
    suggestions = fields.List(fields.Nested(SuggestionOut), required=True)
    next = fields.Str(allow_none=True, required=True)


class ReviewOut(Strict):
    decision = fields.Str(required=True)
    by = fields.Str(required=True)
    decided_at = fields.Str(required=True, metadata={"format": "date-time"})
    amount = fields.Nested(Quantity, allow_none=True)
    code = fields.Str(allow_none=True, required=True)
    reason = fields.Str(required=True)
    second = fields.Str(
        allow_none=True, required=True, metadata={"description": "who signed as the second clinician, if it took two"}
    )
    waits_for_second = fields.Bool(required=True)


class SuggestionDetail(SuggestionOut):
    """One suggestion with what stands behind it now; its ETag is the digest of that. `ended` says why nobody had to
    decide."""

    ended = fields.Dict(allow_none=True, required=True)
    superseded_by = fields.Str(allow_none=True, required=True)
    may_be_decided = fields.Bool(required=True)
    outcome = fields.Dict(allow_none=True)
    lines = fields.List(fields.Dict(), required=True)
    review = fields.Nested(ReviewOut, allow_none=True)


class ReviewIn(Strict):
    decision = fields.Enum(Decision, by_value=True, required=True)
    amount = fields.Nested(Quantity, load_default=None)
    code = fields.Enum(Rejection, by_value=True, load_default=None)
    reason = fields.Str(load_default="", validate=validate.Length(max=300))


class SecondIn(Strict):
    answer = fields.Str(required=True, validate=validate.OneOf(["sign", "refuse"]))


class PutOffIn(Strict):
    until = Instant(required=True)
    code = fields.Enum(PutOff, by_value=True, required=True)


class MeOut(Strict):
    id = fields.Str(required=True)
    role = fields.Str(required=True)
    name = fields.Str(required=True)
    language = fields.Str(required=True)
    zone = fields.Str(required=True)
    has_fresh_password = fields.Bool(required=True)
    csrf_token = fields.Str(required=True, metadata={"description": "to be sent as X-CSRFToken with every write"})
