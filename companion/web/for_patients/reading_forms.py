"""What a patient types in: the shape of the forms, and what is asked once more before it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, validate

from companion.devices.ingest import TypedReading
from companion.errors import BadInput
from companion.readings.doubts import is_doubtful
from companion.readings.reading import CENSORED_HIGH_MG_DL, CENSORED_LOW_MG_DL, Meal, Metric
from companion.readings.units import PRESSURE_UNIT, GlucoseUnit, as_mg_dl
from companion.web.charting.values import unit_text
from companion.web.language import digits, marked
from companion.web.schemas import FormSchema

TIME_FORMAT = "%Y-%m-%dT%H:%M"


class Number(fields.Decimal):
    """A number as a person types it: with a point or a comma."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        return super()._deserialize(str(value).replace(",", "."), attr, data, **options)


EARLIEST = datetime(2000, 1, 1)  # noqa: DTZ001 - a wall time, like the field's
NO_TIME: dict[str, Any] = {"invalid": marked("Write the day and the time.")}


class LocalTime(fields.NaiveDateTime):
    """A day and a time on the person's own wall."""

    def __init__(self) -> None:
        since = validate.Range(min=EARLIEST, error=NO_TIME["invalid"])
        super().__init__(format=TIME_FORMAT, required=True, error_messages=NO_TIME, validate=since)


class GlucoseSchema(FormSchema):
    value = Number(required=True, allow_nan=False)
    unit = fields.Enum(GlucoseUnit, by_value=True, required=True)
    meal = fields.Enum(Meal, by_value=True, load_default=None)
    time = LocalTime()


class PressureSchema(FormSchema):
    value = Number(required=True, allow_nan=False)
    diastolic = Number(required=True, allow_nan=False)
    pulse = Number(load_default=None, allow_nan=False)
    time = LocalTime()


class KetoneSchema(FormSchema):
    value = Number(required=True, allow_nan=False)
    time = LocalTime()


@dataclass(frozen=True)
class Kind:
    """One of the things that can be typed in."""

    metric: Metric
    schema: type[Schema]


KINDS = {
    "glucose": Kind(Metric.GLUCOSE, GlucoseSchema),
    "blood-pressure": Kind(Metric.BLOOD_PRESSURE, PressureSchema),
    "ketone": Kind(Metric.KETONE, KetoneSchema),
}


FIXED_UNIT = {Metric.BLOOD_PRESSURE: PRESSURE_UNIT, Metric.KETONE: GlucoseUnit.MMOL_L.value}
"""What devices show in one unit only."""


def entry_of(metric: Metric, given: Mapping[str, Any]) -> TypedReading:
    """What the form said. Raises BadInput for a number that no meter shows in that unit."""
    if metric is Metric.GLUCOSE:
        check_glucose(given["value"], given["unit"])
    return TypedReading(
        metric=metric,
        local_time=given["time"],
        value=given["value"],
        unit=given["unit"].value if metric is Metric.GLUCOSE else FIXED_UNIT[metric],
        diastolic=given.get("diastolic"),
        pulse=given.get("pulse"),
        meal=given.get("meal"),
    )


def asked_again(entry: TypedReading) -> str:
    """The value as its patient is asked about it: "1.8 mmol/L"; "" where nothing has to be asked."""
    if not is_doubtful(entry.metric, entry.value, entry.unit, entry.diastolic, entry.pulse):
        return ""
    value = "/".join(digits(number) for number in (entry.value, entry.diastolic) if number is not None)
    pulse = "" if entry.pulse is None else f", {digits(entry.pulse)}/min"
    return f"{value} {unit_text(entry.unit)}{pulse}"


def check_glucose(value: Decimal, unit: GlucoseUnit) -> None:
    """Raises BadInput for what no meter shows as a number: most often the other unit was meant."""
    if not CENSORED_LOW_MG_DL <= as_mg_dl(value, unit) <= CENSORED_HIGH_MG_DL:
        raise BadInput(
            marked("is not a value that a meter shows in this unit"),
            where="value",
            advice=marked("check the number and its unit; for HI or LO call the clinic"),
        )
