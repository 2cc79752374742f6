"""A plan as it is typed: the form, and the terms it comes to."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from companion.advice.signed.plan_terms import MOST_STEPS, PlannedStep, Terms
from companion.web.language import marked
from companion.web.schemas import FormSchema

_STEPS: dict[str, fields.Field[Any]] = {
    **{f"step{n}_medicine": fields.Str(load_default=None) for n in range(1, MOST_STEPS + 1)},
    **{f"step{n}_amount": fields.Decimal(load_default=None, allow_nan=False) for n in range(1, MOST_STEPS + 1)},
}


class PlanSchema(FormSchema.from_dict(_STEPS)):  # type: ignore[misc]
    """A plan to look at (`step` preview) or to sign. Targets are in mg/dL, those of blood pressure in mmHg; `digest` is
    the text of the protocols that was shown, `seen` the number of the plan that ran then. Which terms a protocol needs
    is not said here."""

    protocol = fields.Str(required=True)
    digest = fields.Str(required=True)
    target_low = fields.Decimal(load_default=None, allow_nan=False)
    target_high = fields.Decimal(load_default=None, allow_nan=False)
    targets_profile = fields.Str(load_default=None)
    target_systolic = fields.Decimal(load_default=None, allow_nan=False)
    target_diastolic = fields.Decimal(load_default=None, allow_nan=False)
    measures_since_on = fields.Date(load_default=None)
    max_daily = fields.Decimal(load_default=None, allow_nan=False)
    ends_on = fields.Date(required=True)
    step = fields.Str(load_default="sign", validate=validate.OneOf(["preview", "sign"]))
    seen = fields.Int(required=True)
    reason = fields.Str(load_default="", validate=validate.Length(max=400))
    signed = fields.Str(load_default="")

    @validates_schema(skip_on_field_errors=True)
    def check_who_signs_says_so(self, data: dict[str, Any], **_options: Any) -> None:
        if data["step"] == "sign" and not data["signed"]:
            raise ValidationError(marked("This is needed."), "signed")


def as_typed(terms: Terms) -> dict[str, Any]:
    """What the form shows of a plan that runs."""
    steps = {
        f"step{n}_{name}": value
        for n, step in enumerate(terms.steps, start=1)
        for name, value in (("medicine", step.medicine), ("amount", step.amount))
    }
    names = ("target_low", "target_high", "max_daily", "ends_on", "targets_profile", "measures_since_on")
    return {name: getattr(terms, name) for name in (*names, "target_systolic", "target_diastolic")} | steps


def terms_of(data: dict[str, Any]) -> Terms:
    """The checked form as terms; whether they can be signed is another question."""
    names = ("target_low", "target_high", "max_daily", "ends_on", "targets_profile", "measures_since_on")
    pressure = ("target_systolic", "target_diastolic")
    given = {name: data[name] for name in (*names, *pressure)}
    return Terms(protocol=data["protocol"], steps=tuple(_steps(data)), **given)


def _steps(data: dict[str, Any]) -> list[PlannedStep]:
    """The rows that were filled in; an amount without a medicine is kept, to be refused by name."""
    rows = [(data[f"step{n}_medicine"], data[f"step{n}_amount"]) for n in range(1, MOST_STEPS + 1)]
    return [PlannedStep(medicine or "", amount) for medicine, amount in rows if amount is not None]
