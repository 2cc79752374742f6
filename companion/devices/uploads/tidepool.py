"""Tidepool: a list of data, each with its type, as its services hand them out.

Glucose is in mmol/L, converted with 18.01559 mg/dL each where a device counts in mg/dL; only data that were not
yet taken in by Tidepool name another unit. `time` is in UTC, `deviceTime` on the patient's wall.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from companion.devices.uploads.cells import glucose_unit_in, is_empty
from companion.devices.uploads.dates import split_time
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.devices.uploads.json_export import JsonExport
from companion.devices.uploads.json_values import mapping_in, text_of
from companion.readings.reading import Kind, Limit, Metric

NAME = "tidepool"

_KINDS = {
    "smbg": (Metric.GLUCOSE, Kind.METER),
    "cbg": (Metric.GLUCOSE, Kind.CGM),
    "bloodKetone": (Metric.KETONE, Kind.STRIP),
}
_LIMITS = {"low": Limit.LOW, "high": Limit.HIGH}
_TYPES = {
    *_KINDS, "upload", "basal", "bolus", "wizard", "food", "deviceEvent", "pumpSettings", "cgmSettings",
    "physicalActivity", "reportedState", "dosingDecision", "insulin", "alert", "controllerSettings", "water",
}  # fmt: skip
_MARKS = {"deviceTime", "uploadId", "deviceId", "timezoneOffset", "_deduplicator"}
"""At least two of them stand in every datum."""


def detect(export: JsonExport) -> bool:
    """Whether the first items are Tidepool's types with its fields."""
    return any(map(_is_tidepools, export.first_items))


def _is_tidepools(item: Any) -> bool:
    return isinstance(item, dict) and text_of(item.get("type")) in _TYPES and len(item.keys() & _MARKS) >= 2


def read(export: JsonExport) -> Iterator[Outcome]:
    """Every datum."""
    for number, item in export.outermost_items():
        yield _outcome(number, item) if isinstance(item, dict) else Rejected(number, "is no datum")


def _outcome(number: int, item: Mapping[str, Any]) -> Outcome:
    time, utc = _times(item)
    kind = text_of(item.get("type"))
    if kind not in _KINDS:
        return Skipped(number, kind if kind in _TYPES else "no glucose", time)
    if is_empty(text_of(item.get("value"))):
        return Skipped(number, "no value", time)
    if item.get("subType") == "control":
        return Skipped(number, "control solution", time)
    metric, how = _KINDS[kind]
    unit = glucose_unit_in(text_of(item.get("units")))
    if unit is None:
        return Rejected(number, f"{text_of(item.get('units'))[:40]!r} is no unit of glucose")
    record = Record(
        metric,
        how,
        time,
        _value(item),
        unit,
        device=text_of(item.get("deviceId")),
        utc=utc,
        vendor_id=text_of(item.get("id")),
    )
    return Found(number, (record,))


def _value(item: Mapping[str, Any]) -> str:
    """The number; or the word, where an annotation says that the device showed LO or HI in its place."""
    annotations = item.get("annotations")
    for annotation in annotations if isinstance(annotations, list) else []:
        if mapping_in(annotation).get("code") == "bg/out-of-range":
            limit = _LIMITS.get(text_of(mapping_in(annotation).get("value")).casefold())
            if limit:
                return limit.value
    return text_of(item.get("value"))


def _times(item: Mapping[str, Any]) -> tuple[str, str]:
    """The time on the patient's wall, and the same moment in UTC where both are told."""
    utc, local = text_of(item.get("time")), text_of(item.get("deviceTime"))
    return (local, utc) if split_time(local) else (utc, "")
