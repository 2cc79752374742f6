"""Apple Health's export.xml: glucose records, and blood pressures as correlations of two records.

Real exports repeat what a correlation holds among the records at the top: only the correlations are read. All
moments are told on the wall of the place of the export, so that their offset is right and their day may not be;
where a record names its own zone, that one is taken.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, timezone
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from companion.clock import get_zone
from companion.devices.uploads.cells import is_empty, unit_in
from companion.devices.uploads.dates import LocalTime, in_order, split_time
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.devices.uploads.xml_export import XmlExport
from companion.errors import BadInput
from companion.readings.reading import Kind, Meal, Metric

NAME = "apple_health"

_GLUCOSE = "HKQuantityTypeIdentifierBloodGlucose"
_SYSTOLIC = "HKQuantityTypeIdentifierBloodPressureSystolic"
_DIASTOLIC = "HKQuantityTypeIdentifierBloodPressureDiastolic"
_PRESSURE = "HKCorrelationTypeIdentifierBloodPressure"
_MEALS = {"1": Meal.BEFORE_MEAL, "2": Meal.AFTER_MEAL}
"""HKBloodGlucoseMealTime: preprandial and postprandial."""

_SENSORS = re.compile(
    r"dexcom|libre|xdrip|loop|eversense|guardian|carelink|minimed|sibionics|aidex|\bican\b|medtrum|sugarmate|spike",
    re.IGNORECASE,
)
"""Sources that write what a sensor measured. Anything else is taken for a meter."""

_OTHER = "other health data"


def detect(export: XmlExport) -> bool:
    """Whether the root is HealthData."""
    return bool(export.head) and export.head[0].tag == "HealthData"


def read(export: XmlExport) -> Iterator[Outcome]:
    """Every record and every correlation at the top."""
    for number, element in export.elements("Record", "Correlation"):
        kind = element.get("type")
        if kind == _GLUCOSE:
            yield _glucose(number, element)
        elif kind == _PRESSURE:
            yield _pressure(number, element)
        elif kind in (_SYSTOLIC, _DIASTOLIC):
            yield Skipped(number, "part of a blood pressure", element.get("startDate", ""))
        else:
            yield Skipped(number, _OTHER)


def _glucose(number: int, element: Element) -> Outcome:
    notes, value = _notes(element), element.get("value", "")
    time = element.get("startDate", "")
    if is_empty(value):
        return Skipped(number, "no value", time)
    unit = _unit(element)
    if unit not in ("mg/dL", "mmol/L"):
        return Rejected(number, f"{element.get('unit', '')[:40]!r} is no unit of glucose")
    record = Record(
        Metric.GLUCOSE,
        _kind(element, notes),
        _local(time, notes),
        _without_noise(value),
        unit,
        meal=_MEALS.get(notes.get("HKBloodGlucoseMealTime", "")),
        device=element.get("sourceName", ""),
        vendor_id=_id(element),
    )
    return Found(number, (record,))


def _pressure(number: int, element: Element) -> Outcome:
    parts = {part.get("type"): part for part in element.iter("Record")}
    systolic, diastolic = parts.get(_SYSTOLIC), parts.get(_DIASTOLIC)
    if systolic is None or diastolic is None:
        return Rejected(number, "only one of the two pressures")
    unit = _unit(systolic)
    if unit not in ("mmHg", "kPa") or unit != _unit(diastolic):
        return Rejected(number, f"{systolic.get('unit', '')[:40]!r} is no unit of pressure")
    record = Record(
        Metric.BLOOD_PRESSURE,
        Kind.CUFF,
        _local(element.get("startDate", ""), _notes(element)),
        _without_noise(systolic.get("value", "")),
        unit,
        diastolic=_without_noise(diastolic.get("value", "")),
        device=element.get("sourceName", ""),
        vendor_id=_id(element),
    )
    return Found(number, (record,))


def _notes(element: Element) -> Mapping[str, str]:
    return {entry.get("key", ""): entry.get("value", "") for entry in element.iterfind("MetadataEntry")}


def _unit(element: Element) -> str | None:
    """`mg/dL`; `mmol<180.1558800000541>/L` with glucose's molar mass, whose digits vary; `mmHg`."""
    return unit_in(re.sub(r"<[0-9.]*>", "", element.get("unit", "")))


def _kind(element: Element, notes: Mapping[str, str]) -> Kind:
    if notes.get("HKWasUserEntered") == "1":
        return Kind.TYPED
    return Kind.CGM if _SENSORS.search(f"{element.get('sourceName', '')} {element.get('device', '')}") else Kind.METER


def _without_noise(value: str) -> str:
    """`5.5506` and `101` as they are; `5.550747991045533`, converted by the phone, to six places."""
    whole, point, fraction = value.partition(".")
    return f"{whole}{point}{fraction[:6]}" if fraction[6:].isdecimal() else value


def _local(time: str, notes: Mapping[str, str]) -> str:
    """The time on the wall where it was measured, if the record tells the zone."""
    moment, zone = _moment(time), _zone(notes.get("HKTimeZone", ""))
    if moment is None or moment.offset is None or zone is None:
        return time
    return moment.local.replace(tzinfo=timezone(moment.offset)).astimezone(zone).isoformat()


def _moment(time: str) -> LocalTime | None:
    parts = split_time(time)
    return in_order(parts, "YMD") if parts else None


def _zone(name: str) -> ZoneInfo | None:
    try:
        return get_zone(name) if name else None
    except BadInput:
        return None


def _id(element: Element) -> str:
    """Source and moment, whatever place the next export is told from; "" where the moment cannot be read."""
    moment = _moment(element.get("startDate", ""))
    if moment is None or moment.offset is None:
        return ""
    instant = moment.local.replace(tzinfo=timezone(moment.offset)).astimezone(UTC)
    value = "/".join(part.get("value", "") for part in (element, *element.iter("Record")) if part.get("value"))
    return f"{element.get('sourceName', '')}@{instant:%Y%m%dT%H%M%S}={value}"
