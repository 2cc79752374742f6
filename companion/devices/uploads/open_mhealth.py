"""Open mHealth: data points of its schemas blood-glucose and blood-pressure, with their header or bare."""

from collections.abc import Iterator, Mapping
from typing import Any

from companion.devices.uploads.cells import PRESSURE_UNITS, glucose_unit_in, unit_in
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.devices.uploads.json_export import JsonExport
from companion.devices.uploads.json_values import mapping_in, text_of
from companion.readings.reading import Kind, Meal, Metric

NAME = "open_mhealth"

_GLUCOSE, _SYSTOLIC, _DIASTOLIC = "blood_glucose", "systolic_blood_pressure", "diastolic_blood_pressure"
_MEALS = {"fasting": Meal.FASTING, "before": Meal.BEFORE_MEAL, "after": Meal.AFTER_MEAL, "casual": Meal.CASUAL}


def detect(export: JsonExport) -> bool:
    """Whether one of the first items has the body of such a data point."""
    return any(map(_is_measured, map(_body, export.first_items)))


def read(export: JsonExport) -> Iterator[Outcome]:
    """Every data point."""
    for number, item in export.outermost_items():
        yield _outcome(number, item)


def _body(item: Any) -> Mapping[str, Any]:
    return mapping_in(item, "body") or mapping_in(item)


def _is_measured(body: Mapping[str, Any]) -> bool:
    return any("value" in mapping_in(body, name) for name in (_GLUCOSE, _SYSTOLIC))


def _outcome(number: int, item: Any) -> Outcome:
    body = _body(item)
    time = _time(body)
    if not _is_measured(body):
        return Skipped(number, "no glucose or blood pressure", time)
    if statistic := text_of(body.get("descriptive_statistic")):
        return Skipped(number, f"summary ({statistic[:30]})", time)
    if not time:
        return Rejected(number, "no moment: a span of time or none is told")
    vendor_id = text_of(mapping_in(item, "header").get("id") or mapping_in(item, "header").get("uuid"))
    record = _glucose(body, time) if _GLUCOSE in body else _pressure(body, time)
    return (
        Rejected(number, record) if isinstance(record, str) else Found(number, (record._replace(vendor_id=vendor_id),))
    )


def _time(body: Mapping[str, Any]) -> str:
    """The moment; a span whose ends are one moment counts as one. "" otherwise."""
    frame = mapping_in(body, "effective_time_frame")
    span = mapping_in(frame, "time_interval")
    start, end = text_of(span.get("start_date_time")), text_of(span.get("end_date_time"))
    return text_of(frame.get("date_time")) or (start if start == end else "")


def _glucose(body: Mapping[str, Any], time: str) -> Record | str:
    measured = mapping_in(body, _GLUCOSE)
    unit = glucose_unit_in(text_of(measured.get("unit")))
    if unit is None:
        return f"{text_of(measured.get('unit'))[:40]!r} is no unit of glucose"
    is_sensors = "interstitial" in text_of(body.get("specimen_source")).casefold()
    kind = Kind.CGM if is_sensors else Kind.METER
    return Record(Metric.GLUCOSE, kind, time, text_of(measured.get("value")), unit, meal=_meal(body))


def _meal(body: Mapping[str, Any]) -> Meal | None:
    """`fasting`, `before lunch`, `after meal`; at bedtime where only the sleep is told."""
    told = text_of(body.get("temporal_relationship_to_meal")).casefold().split(" ")[0]
    if told in _MEALS:
        return _MEALS[told]
    is_bedtime = text_of(body.get("temporal_relationship_to_sleep")).casefold() == "before sleeping"
    return Meal.BEDTIME if is_bedtime else None


def _pressure(body: Mapping[str, Any], time: str) -> Record | str:
    systolic, diastolic = mapping_in(body, _SYSTOLIC), mapping_in(body, _DIASTOLIC)
    for pressure in (systolic, diastolic):
        unit = text_of(pressure.get("unit"))
        if unit_in(unit) not in PRESSURE_UNITS:
            return f"{unit[:40]!r} is no unit of pressure"
    if unit_in(text_of(systolic.get("unit"))) != unit_in(text_of(diastolic.get("unit"))):
        return "the two pressures have different units"
    return Record(
        Metric.BLOOD_PRESSURE,
        Kind.CUFF,
        time,
        text_of(systolic.get("value")),
        unit_in(text_of(systolic.get("unit"))),
        diastolic=text_of(diastolic.get("value")),
    )
