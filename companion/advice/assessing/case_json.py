"""Reads a case from JSON, strictly: an unknown key, flag or type is refused with its path. Pure: text in, Case out.

Numbers may be JSON numbers or decimal strings; both become the exact Decimal of their text.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, NoReturn

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from companion.advice.assessing import case as model
from companion.advice.assessing.case_fields import (
    ABOVE_ZERO,
    NOT_NEGATIVE,
    WALL_TIME,
    Claim,
    Number,
    Parsed,
    day,
    day_or_null,
    instant,
    many,
    number_or_null,
    text,
    text_or_null,
)
from companion.clock import get_zone
from companion.errors import BadInput
from companion.readings.units import MG_DL_PER_MMOL_L

TARGET_PROFILES = (
    "ada_adult", "ada_older_healthy", "ada_older_complex", "ada_older_poor", "cds_2024", "nice_home",
    "aha2025_home", "esh2023_office", "cn2024",
)  # fmt: skip

_EXACT = Context(prec=60)


@dataclass(frozen=True)
class CaseFile:
    """A case, and the regimens whose amount was written as text: the answer is written in the same way."""

    case: model.Case
    text_amounts: frozenset[str]


def read(source: str) -> CaseFile:
    """One JSON object → CaseFile. Raises BadInput naming the path of what is wrong."""
    raw = _parse(source)
    try:
        case: model.Case = _CaseSchema(unknown=RAISE).load(raw)
    except ValidationError as error:
        path, what = _first_problem(error.messages)
        raise BadInput(what, where=path or "case", advice="see the shape of a case") from None
    return CaseFile(case, frozenset(r["id"] for r in raw["regimens"] if isinstance(r["amount"], str)))


def _parse(source: str) -> Any:
    try:
        return json.loads(
            source,
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_no_number,
            object_pairs_hook=_each_key_once,
        )
    except (json.JSONDecodeError, RecursionError, ArithmeticError) as error:
        what = getattr(error, "msg", "cannot be read")
        line = getattr(error, "lineno", 1)
        raise BadInput(f"not JSON: {what}", where=f"case line {line}", advice="give one JSON object") from None


def _no_number(name: str) -> NoReturn:
    raise BadInput(f"{name} is not a number", where="case")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
        raise BadInput(f"the key {twice!r} stands twice", where="case")
    return found


def _first_problem(messages: Any, path: str = "") -> tuple[str, str]:
    """Path and sentence of the first thing marshmallow refused."""
    if isinstance(messages, Mapping):
        key, below = next(iter(messages.items()))
        if key == "_schema":
            return _first_problem(below, path)
        return _first_problem(below, path + _step(key, is_first=not path))
    return path, str(messages[0] if isinstance(messages, list) else messages).rstrip(".")


def _step(key: Any, *, is_first: bool) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    name = key if str(key).isidentifier() else repr(key)
    return f"{name}" if is_first else f".{name}"


class _PatientSchema(Schema):
    age = number_or_null(NOT_NEGATIVE)
    sex = text_or_null()
    weight_kg = number_or_null(ABOVE_ZERO)
    diabetes_type = text_or_null()
    pregnant = Claim(load_default=None, allow_none=True)
    egfr = number_or_null(NOT_NEGATIVE)
    egfr_on = day_or_null()
    potassium = number_or_null(NOT_NEGATIVE)
    potassium_on = day_or_null()
    frailty = text_or_null("fit", "complex", "poor")
    flags = fields.List(
        fields.String(validate=validate.OneOf(sorted(model.FLAGS), error="{input!r} is not a flag")),
        load_default=list,
    )

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> model.Patient:
        is_male = (data["sex"] or "").lower() in ("male", "m")
        pregnant = False if data["pregnant"] is None and is_male else data["pregnant"]
        return model.Patient(**data | {"pregnant": pregnant, "flags": frozenset(data["flags"])})


class _AmountSinceSchema(Schema):
    on = Parsed(day, required=True)
    amount = Number(required=True, validate=NOT_NEGATIVE)

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> model.AmountSince:
        return model.AmountSince(**data)


class _RegimenSchema(Schema):
    id = text()
    drug = text()
    drug_class = text()
    amount = Number(required=True, validate=NOT_NEGATIVE)
    unit = text()
    times = fields.List(
        fields.String(validate=validate.Regexp(WALL_TIME, error="not a time like 21:00")), required=True
    )
    changed_on = day_or_null()
    history = many(_AmountSinceSchema, load_default=list)
    open_suggestion = Claim(load_default=False)

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> model.Regimen:
        history = tuple(data.pop("history"))
        days = [entry.on for entry in history]
        if days != sorted(days):
            raise ValidationError("not ascending", "history")
        if history and history[-1].amount != data["amount"]:
            raise ValidationError("the last amount is not the present one", "history")
        times, is_open = tuple(data.pop("times")), data.pop("open_suggestion")
        return model.Regimen(**data, times=times, history=history, has_open_suggestion=is_open)


class _PressureTargetSchema(Schema):
    systolic = Number(required=True, validate=ABOVE_ZERO)
    diastolic = Number(required=True, validate=ABOVE_ZERO)

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> model.PressureTarget:
        return model.PressureTarget(**data)


class _PlanStepSchema(Schema):
    drug = text()
    drug_class = text()
    amount = Number(required=True, validate=NOT_NEGATIVE)
    unit = text()

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> model.PlanStep:
        return model.PlanStep(**data)


class _PlanSchema(Schema):
    protocol = text()
    version = text_or_null()
    target_low = number_or_null(ABOVE_ZERO)
    target_high = number_or_null(ABOVE_ZERO)
    max_daily = number_or_null(NOT_NEGATIVE)
    signed_by = text_or_null()
    signed_at = Parsed(instant, load_default=None, allow_none=True)
    ends_on = day_or_null()
    targets_profile = text_or_null(*TARGET_PROFILES)
    target = fields.Nested(_PressureTargetSchema, load_default=None, allow_none=True, unknown=RAISE)
    hbpm_experience_days = Number(load_default=Decimal(0), validate=NOT_NEGATIVE)
    steps = many(_PlanStepSchema, load_default=list)

    @validates_schema
    def low_is_below_high(self, data: dict[str, Any], **kwargs: Any) -> None:
        low, high = data["target_low"], data["target_high"]
        if low is not None and high is not None and low > high:
            raise ValidationError("above target_high", "target_low")

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> model.Plan:
        days, steps = int(data.pop("hbpm_experience_days")), tuple(data.pop("steps"))
        return model.Plan(**data, hbpm_experience_days=days, steps=steps)


class _GlucoseSchema(Schema):
    metric = text()
    at = Parsed(instant, required=True)
    mg_dl = number_or_null()
    mmol_l = number_or_null()
    meal = text_or_null("fasting", "before_meal", "after_meal", "bedtime")
    cause = text_or_null("missed_meal", "exercise", "extra_dose")
    device_limit = text_or_null("HI", "LO")
    control = Claim(load_default=False)

    @validates_schema
    def one_value_or_a_limit(self, data: dict[str, Any], **kwargs: Any) -> None:
        given = [key for key in ("mg_dl", "mmol_l", "device_limit") if data[key] is not None]
        if len(given) != 1:
            raise ValidationError(
                f"has {' and '.join(given) or 'no value'}: exactly one of mg_dl, mmol_l, device_limit"
            )

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> model.GlucoseReading:
        mmol_l = data["mmol_l"]
        return model.GlucoseReading(
            at=data["at"],
            mg_dl=data["mg_dl"] if mmol_l is None else _EXACT.multiply(mmol_l, MG_DL_PER_MMOL_L),
            meal=data["meal"],
            cause=data["cause"],
            device_limit=data["device_limit"],
            is_control=data["control"],
        )


class _PressureSchema(Schema):
    metric = text()
    at = Parsed(instant, required=True)
    systolic = Number(required=True)
    diastolic = Number(required=True)
    pulse = number_or_null()

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> model.PressureReading:
        data.pop("metric")
        return model.PressureReading(**data)


class _Reading(fields.Field[Any]):
    """A glucose or a blood-pressure reading, told apart by `metric`."""

    SHAPES: Mapping[str, Schema] = {
        "glucose": _GlucoseSchema(unknown=RAISE),
        "blood_pressure": _PressureSchema(unknown=RAISE),
    }

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        metric = value.get("metric") if isinstance(value, dict) else None
        if not isinstance(metric, str) or metric not in self.SHAPES:
            raise ValidationError({"metric": ["not glucose or blood_pressure"]})
        return self.SHAPES[metric].load(value)


class _DoseSchema(Schema):
    regimen = text()
    due_at = Parsed(instant, required=True)
    state = fields.String(
        required=True, validate=validate.OneOf(("taken", "missed", "skipped"), error="not one of {choices}")
    )

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> model.Dose:
        return model.Dose(**data)


class _CaseSchema(Schema):
    now = Parsed(instant, required=True)
    zone = Parsed(get_zone, required=True)
    patient = fields.Nested(_PatientSchema, required=True, unknown=RAISE)
    regimens = many(_RegimenSchema, required=True)
    plan = fields.Nested(_PlanSchema, required=True, unknown=RAISE)
    readings = fields.List(_Reading(), load_default=list)
    doses = many(_DoseSchema, load_default=list)

    @validates_schema
    def each_regimen_once(self, data: dict[str, Any], **kwargs: Any) -> None:
        ids = [regimen.id for regimen in data["regimens"]]
        if len(set(ids)) < len(ids):
            raise ValidationError("two regimens have the same id", "regimens")

    @validates_schema
    def steps_change_what_is_taken(self, data: dict[str, Any], **kwargs: Any) -> None:
        taken = {(r.drug, r.drug_class, r.unit) for r in data["regimens"]}
        for nth, step in enumerate(data["plan"].steps):
            if (step.drug, step.drug_class, step.unit) not in taken:
                raise ValidationError({"plan": {"steps": {nth: ["names a drug that no regimen has"]}}})
        steps = data["plan"].steps
        if steps and all(r.amount == steps[0].amount for r in data["regimens"] if r.drug == steps[0].drug):
            raise ValidationError({"plan": {"steps": {0: ["is the present amount: only steps still to come"]}}})

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> model.Case:
        readings = data["readings"]
        return model.Case(
            assessed_at=data["now"],
            zone=data["zone"],
            patient=data["patient"],
            regimens=tuple(data["regimens"]),
            plan=data["plan"],
            glucose=tuple(r for r in readings if isinstance(r, model.GlucoseReading)),
            pressures=tuple(r for r in readings if isinstance(r, model.PressureReading)),
            doses=tuple(data["doses"]),
        )
