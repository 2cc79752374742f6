"""FHIR R4: Observations, alone, one a line, or in Bundles."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from companion.devices.uploads.fhir_codes import (
    DIASTOLIC,
    GLUCOSE,
    KETONES,
    LOINC,
    PRESSURES,
    PULSE,
    SUMMARIES,
    SYSTOLIC,
    UCUM_UNITS,
    UNITS_OF,
)
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.devices.uploads.json_export import JsonExport
from companion.devices.uploads.json_values import list_in, mapping_in, text_of
from companion.readings.reading import Kind, Limit, Meal, Metric

NAME = "fhir_r4"

_WITHDRAWN = {"entered-in-error", "cancelled"}
_BOUNDS = {"<": Limit.LOW, "<=": Limit.LOW, ">": Limit.HIGH, ">=": Limit.HIGH}
_OFF_SCALE = {"<": Limit.LOW, ">": Limit.HIGH}
"""HL7's v3 ObservationInterpretation, of an observation without a number: off scale low, off scale high."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NOON = "12:00"
"""Stands in for the time of a value of which only the day is told: no other hour is less wrong on the day's chart."""
_DEEPEST = 5
"""Bundles within each other."""


def detect(export: JsonExport) -> bool:
    """Whether the (first) document is a resource."""
    first = next(iter(export.first_items), None)
    return bool(text_of(mapping_in(first).get("resourceType")))


def read(export: JsonExport) -> Iterator[Outcome]:
    """Every resource; those of a Bundle each by itself."""
    is_bundle = mapping_in(export.head).get("resourceType") == "Bundle"
    for number, resource in export.items("entry.item.resource") if is_bundle else export.outermost_items():
        for one in _unpacked(resource, _DEEPEST):
            yield _outcome(number, one)


def _unpacked(resource: Any, deep: int) -> Iterator[Mapping[str, Any]]:
    if mapping_in(resource).get("resourceType") != "Bundle" or not deep:
        yield mapping_in(resource)
        return
    for entry in list_in(resource, "entry"):
        yield from _unpacked(mapping_in(entry, "resource"), deep - 1)


def _outcome(row: int, resource: Mapping[str, Any]) -> Outcome:
    kind = text_of(resource.get("resourceType"))
    if kind != "Observation":
        return Skipped(row, f"no observation ({kind[:40] or 'nothing'})")
    time, status = _time(resource), text_of(resource.get("status"))
    if status in _WITHDRAWN:
        return Skipped(row, status, time)
    codes = _codes(resource)
    if summary := next((SUMMARIES[code] for code in codes if code in SUMMARIES), None):
        return Skipped(row, f"summary ({summary})", time)
    if codes & PRESSURES:
        read_as = _pressure(resource, time)
    elif codes & {SYSTOLIC, DIASTOLIC}:
        read_as = "only one of the two pressures"
    elif codes & (GLUCOSE.keys() | KETONES):
        read_as = _concentration(resource, codes, time)
    else:
        return Skipped(row, "no glucose or blood pressure", time)
    return _row(row, read_as, resource, time)


def _row(row: int, read_as: Record | str | None, resource: Mapping[str, Any], time: str) -> Outcome:
    """A record, why there is none, or None where there is nothing to read."""
    if read_as is None:
        return Skipped(row, "no value", time)
    if isinstance(read_as, str):
        return Rejected(row, read_as)
    if not time:
        return Rejected(row, "no moment: a span of time or none is told")
    is_day_only = _DAY.fullmatch(time) is not None
    whole = read_as._replace(
        time=f"{time}T{NOON}" if is_day_only else time,
        device=_reference(resource, "device"),
        subject=_reference(resource, "subject"),
        vendor_id=text_of(resource.get("id")),
        is_day_only=is_day_only,
    )
    return Found(row, (whole,))


def _time(resource: Mapping[str, Any]) -> str:
    """The moment; a period whose ends are one moment counts as one."""
    period = mapping_in(resource, "effectivePeriod")
    start, end = text_of(period.get("start")), text_of(period.get("end"))
    moments = (resource.get("effectiveDateTime"), resource.get("effectiveInstant"), start if start == end else "")
    return next(filter(None, map(text_of, moments)), "")


def _codes(coded: Any) -> set[str]:
    codings = list_in(mapping_in(coded, "code"), "coding")
    return {
        text_of(coding.get("code"))
        for coding in map(mapping_in, codings)
        if text_of(coding.get("system")) in (LOINC, "")
    } - {""}


def _reference(resource: Mapping[str, Any], name: str) -> str:
    other = mapping_in(resource, name)
    return text_of(other.get("reference")) or text_of(other.get("display"))


def _concentration(resource: Mapping[str, Any], codes: set[str], time: str) -> Record | str | None:
    quantity = mapping_in(resource, "valueQuantity")
    value, unit = _value(quantity), _unit(quantity)
    if not value:
        return _off_scale(resource, codes, time)
    if not codes & GLUCOSE.keys():
        wrong = unit != "mmol/L"
        return f"{_stated(quantity)!r} is no unit of ketones" if wrong else _ketone(time, value)
    for code in sorted(codes & GLUCOSE.keys()):
        if unit != UNITS_OF[GLUCOSE[code].counts]:
            return f"code {code} counts {GLUCOSE[code].counts}, which {_stated(quantity)!r} is not"
    meant = GLUCOSE[min(codes & GLUCOSE.keys())]
    return Record(Metric.GLUCOSE, meant.kind, time, value, unit, meal=meant.meal or _meal(resource))


def _off_scale(resource: Mapping[str, Any], codes: set[str], time: str) -> Record | None:
    """A glucose without a number, where it is said that the device's scale ended; None where nothing is said."""
    said = {code for one in list_in(resource, "interpretation") for code in _codes_of(one)}
    limit = next((_OFF_SCALE[code] for code in sorted(said & _OFF_SCALE.keys())), None)
    if limit is None or not codes & GLUCOSE.keys():
        return None
    meant = GLUCOSE[min(codes & GLUCOSE.keys())]
    return Record(Metric.GLUCOSE, meant.kind, time, limit.value, UNITS_OF[meant.counts], meal=_meal(resource))


def _codes_of(concept: Any) -> set[str]:
    return {text_of(mapping_in(one).get("code")) for one in list_in(mapping_in(concept), "coding")}


def _meal(resource: Mapping[str, Any]) -> Meal | None:
    """The meal as companion's own export tells it: a component in words."""
    for component in map(mapping_in, list_in(resource, "component")):
        if text_of(mapping_in(component, "code").get("text")) == "meal":
            said = text_of(mapping_in(component, "valueCodeableConcept").get("text")).replace(" ", "_")
            return Meal(said) if said in set(Meal) else None
    return None


def _ketone(time: str, value: str) -> Record:
    return Record(Metric.KETONE, Kind.STRIP, time, value, "mmol/L")


def _pressure(resource: Mapping[str, Any], time: str) -> Record | str | None:
    """From the panel's components, in whatever order they stand."""
    parts = {}
    for component in map(mapping_in, list_in(resource, "component")):
        for code in _codes(component) & {SYSTOLIC, DIASTOLIC, PULSE}:
            parts[code] = mapping_in(component, "valueQuantity")
    systolic, diastolic = parts.get(SYSTOLIC, {}), parts.get(DIASTOLIC, {})
    if not _value(systolic) and not _value(diastolic):
        return None
    if not _value(systolic) or not _value(diastolic):
        return "only one of the two pressures"
    if _unit(systolic) not in ("mmHg", "kPa") or _unit(systolic) != _unit(diastolic):
        return f"{_stated(systolic)!r} and {_stated(diastolic)!r} are not one unit of pressure"
    return Record(
        Metric.BLOOD_PRESSURE,
        Kind.CUFF,
        time,
        _value(systolic),
        _unit(systolic),
        diastolic=_value(diastolic),
        pulse=_value(parts.get(PULSE, {})),
    )


def _value(quantity: Mapping[str, Any]) -> str:
    """The number; LO or HI where it is only a bound."""
    bound = _BOUNDS.get(text_of(quantity.get("comparator")))
    value = text_of(quantity.get("value"))
    return bound.value if bound and value else value


def _stated(quantity: Mapping[str, Any]) -> str:
    return (text_of(quantity.get("code")) or text_of(quantity.get("unit")))[:40]


def _unit(quantity: Mapping[str, Any]) -> str | None:
    return UCUM_UNITS.get(_stated(quantity).casefold())
