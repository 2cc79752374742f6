"""Nightscout's entries as JSON: a list of them, one alone, or the answer of its newer interface.

Nightscout keeps every value in mg/dL. Sensor values up to 12 are error codes of the receiver.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from companion.devices.uploads.cells import is_empty, number_in
from companion.devices.uploads.dates import split_time
from companion.devices.uploads.epoch import iso_of_milliseconds
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.devices.uploads.json_export import JsonExport
from companion.devices.uploads.json_values import list_in, mapping_in, text_of
from companion.devices.uploads.nightscout_table import HIGHEST_ERROR_CODE, NAME
from companion.readings.reading import Kind, Metric
from companion.readings.units import GlucoseUnit

__all__ = ["NAME", "detect", "read"]

_KINDS = {"sgv": Kind.CGM, "mbg": Kind.METER}
_COUNT = re.compile(r"[0-9]{12,13}(?:\.[0-9]+)?")
_ENTRY_TYPES = {*_KINDS, "cal", "etc"}


def detect(export: JsonExport) -> bool:
    """Whether the first item has a type of entry and a date, or a treatment's event and its maker."""
    return any(map(_is_nightscouts, _answer(export) or export.first_items))


def read(export: JsonExport) -> Iterator[Outcome]:
    """Every entry."""
    for number, item in export.items("result.item") if _answer(export) else export.outermost_items():
        yield _outcome(number, item) if isinstance(item, dict) else Rejected(number, "is no entry")


def _answer(export: JsonExport) -> list[Any]:
    """The entries in an answer of the newer interface, as far as the head shows them."""
    return list_in(mapping_in(export.head), "result")


def _is_nightscouts(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    if text_of(item.get("type")) in _ENTRY_TYPES:
        return bool(item.keys() & {"date", "dateString"}) and bool(item.keys() & {"sgv", "mbg", "device", "_id"})
    return {"eventType", "enteredBy", "created_at"} <= item.keys()


def _outcome(number: int, entry: Mapping[str, Any]) -> Outcome:
    time = _time(entry)
    entry_type = text_of(entry.get("type")).casefold()
    kind = _KINDS.get(entry_type)
    if kind is None:
        return Skipped(number, _other(entry, entry_type), time)
    value = text_of(entry.get(entry_type))
    measured = number_in(value)
    if kind is Kind.CGM and measured is not None and measured <= HIGHEST_ERROR_CODE:
        return Skipped(number, "sensor error code", time)
    if is_empty(value):
        return Skipped(number, "no value", time)
    return Found(
        number,
        (
            Record(
                Metric.GLUCOSE,
                kind,
                time,
                value,
                GlucoseUnit.MG_DL,
                device=text_of(entry.get("device")),
                vendor_id=text_of(entry.get("identifier")) or text_of(entry.get("_id")),
            ),
        ),
    )


def _other(entry: Mapping[str, Any], entry_type: str) -> str:
    if "eventType" in entry:
        return "treatment"
    return "calibration" if entry_type == "cal" else "no glucose"


def _time(entry: Mapping[str, Any]) -> str:
    """The moment with the local offset as far as the entry tells it: as a count and its offset, as a text with an
    offset, as a bare count in UTC."""
    count, offset_min = text_of(entry.get("date")), text_of(entry.get("utcOffset"))
    if offset_min and _COUNT.fullmatch(count):
        return iso_of_milliseconds(count, offset_min)
    text = text_of(entry.get("dateString")) or text_of(entry.get("created_at"))
    parts = split_time(text)
    if parts and parts.offset is not None:
        return text
    return iso_of_milliseconds(count) if _COUNT.fullmatch(count) else text
