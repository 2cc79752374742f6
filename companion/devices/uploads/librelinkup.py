"""LibreLinkUp: the answers of the service behind Abbott's app for followers.

Every value is there in mg/dL, and every moment twice: `FactoryTimestamp` in UTC, `Timestamp` on the wearer's wall,
both as month/day/year.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from companion.devices.uploads.cells import is_empty
from companion.devices.uploads.dates import in_order, split_time
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.devices.uploads.json_export import JsonExport
from companion.devices.uploads.json_values import list_in, mapping_in, text_of
from companion.readings.reading import Kind, Metric
from companion.readings.units import GlucoseUnit

NAME = "librelinkup"

_GRAPH_POINT = "0"
"""`type` of what the sensor kept by itself; the others are what the phone read at that moment."""


def detect(export: JsonExport) -> bool:
    """Whether measurements with Abbott's two timestamps stand where the service puts them."""
    return any("FactoryTimestamp" in item for item in _measurements(export.head))


def read(export: JsonExport) -> Iterator[Outcome]:
    """Every measurement of the graph or the logbook, then the present one."""
    row = 0
    for _, document in export.items(""):
        for item in _measurements(document):
            row += 1
            yield _outcome(row, item)


def _measurements(document: Any) -> Iterator[Mapping[str, Any]]:
    """The measurements of an answer: `data` is a logbook, a list of connections, or a graph with its connection."""
    logbook = list_in(document, "data")
    graph = list_in(mapping_in(document, "data"), "graphData")
    connections = [*logbook, mapping_in(document, "data", "connection")]
    yield from (item for item in [*logbook, *graph] if isinstance(item, dict) and "FactoryTimestamp" in item)
    for connection in connections:
        present = mapping_in(connection, "glucoseMeasurement")
        if present:
            yield present


def _outcome(row: int, item: Mapping[str, Any]) -> Outcome:
    time, utc = _iso(item.get("Timestamp")), _iso(item.get("FactoryTimestamp"))
    value = text_of(item.get("ValueInMgPerDl"))
    if is_empty(value):
        return Skipped(row, "no value", time)
    if not time:
        return Rejected(row, f"{text_of(item.get('Timestamp'))[:40]!r} is no time")
    kind = Kind.HISTORIC if text_of(item.get("type")) == _GRAPH_POINT else Kind.SCAN
    record = Record(Metric.GLUCOSE, kind, time, value, GlucoseUnit.MG_DL, utc=f"{utc}Z" if utc else "")
    return Found(row, (record,))


def _iso(value: Any) -> str:
    """`12/30/2022 4:50:40 AM` → `2022-12-30T04:50:40`; "" for what is no such time."""
    parts = split_time(text_of(value))
    moment = in_order(parts, "MDY") if parts else None
    return moment.local.isoformat() if moment else ""
