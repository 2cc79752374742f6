"""Dexcom Clarity, in any language: sensor values, calibrations, and much that is neither.

The header of the time says how it is written, `(YYYY-MM-DDThh:mm:ss)` in the letters of the language: no other
export does that. The rows on top carry no time: who the patient is, and from which value on alerts sound, in
the very column of the glucose. What a row is stands behind the time, partly translated.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from companion.devices.uploads.cells import glucose_unit_in, is_empty
from companion.devices.uploads.columns import Words, first_header, first_place, header_name, outcomes_below, table_under
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.readings.reading import Kind, Metric

NAME = "dexcom_clarity"

_TIME_PATTERN = re.compile(r"\(\s*\w{4}-\w{2}-\w{2}\s?T?\s?\w{2}:\w{2}:\w{2}\s*\)", re.IGNORECASE)
_TIME_NAMES = {"timestamp", "zeitstempel", "marca temporal", "horodatage", "data e ora", "tijdstempel"}
_GLUCOSE = re.compile(r"gl[uy][ck]", re.IGNORECASE)
_PER_MINUTE = re.compile(r"/\s*min", re.IGNORECASE)
_EVENT_NAMES = {
    "event type", "ereignisart", "ereignistyp", "tipo de evento", "tipo di evento", "type d événement",
    "type événement", "gebeurtenistype", "soort gebeurtenis", "händelsetyp", "hændelsestype", "hendelsestype",
}  # fmt: skip

_SENSOR = re.compile(r"eg[vw]\b|estim|stimat|geschätzt|geschat|beräkn|beregn|arvioi|szacow|odhad", re.IGNORECASE)
_CALIBRATION = re.compile(r"[ck]alibr|[ée]talonn|ijking", re.IGNORECASE)
_ALERT = re.compile(r"alert|alarm|warn|avvis|waarsch|varning|advars|hinweis", re.IGNORECASE)

_OTHERS: Words = {
    "source": ("source device id", "quellengerät id"),
    "ticks": ("transmitter time", "transmitterzeit"),
    "transmitter": ("transmitter id",),
}
_FROM_GLUCOSE = {"source": -1, "ticks": 5, "transmitter": 6}
"""How far from the glucose these stand in the full export of 13 or 14 columns, whatever the language."""
_TICKS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class _Layout:
    """Places of columns. A table cut down to times and values has no event and none of the others."""

    time: int
    glucose: int
    event: int | None
    others: Mapping[str, int]
    unit: str | None
    header_line: int


def detect(export: Export) -> bool:
    """Whether the head has Clarity's header."""
    return _layout(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_layout(export), export, _outcome)


def _layout(export: Export) -> _Layout | None:
    return first_header(export.head, _layout_by_header)


def _layout_by_header(row: Row) -> _Layout | None:
    time, glucose = _time_column(row), first_place(row, _is_glucose)
    event = first_place(row, lambda cell: header_name(cell) in _EVENT_NAMES)
    has_pattern = time is not None and _TIME_PATTERN.search(row.cell(time))
    if time is None or glucose is None or not (has_pattern or event is not None):
        return None
    is_full = glucose - time == 6 and len(row.cells) > glucose + _FROM_GLUCOSE["ticks"]
    by_place = {name: glucose + distance for name, distance in _FROM_GLUCOSE.items()} if is_full else {}
    return _Layout(
        time,
        glucose,
        event=time + 1 if is_full and event is None else event,
        others={**by_place, **table_under(row, _OTHERS).places},
        unit=glucose_unit_in(row.cells[glucose]),
        header_line=row.line,
    )


def _time_column(row: Row) -> int | None:
    by_pattern = first_place(row, _TIME_PATTERN.search)
    return first_place(row, lambda cell: header_name(cell) in _TIME_NAMES) if by_pattern is None else by_pattern


def _is_glucose(cell: str) -> bool:
    """Whether a header names glucose, and neither its rate of change nor, cut wrongly, everything at once."""
    is_other = _PER_MINUTE.search(cell) or _TIME_PATTERN.search(cell)
    return not is_other and bool(_GLUCOSE.search(cell) or glucose_unit_in(cell))


def _outcome(row: Row, layout: _Layout) -> Outcome:
    time, event, value = row.cell(layout.time), row.cell(layout.event), row.cell(layout.glucose)
    kind = _kind(event) if layout.event is not None else Kind.CGM
    if kind and is_empty(value):
        return Rejected(row.line, "a measurement without its value")
    if kind:
        return Found(row.line, (_record(row, layout, kind),))
    return _no_reading(row.line, time, event, has_value=not is_empty(value))


def _kind(event: str) -> Kind | None:
    if _CALIBRATION.match(event):
        return Kind.METER
    return Kind.CGM if _SENSOR.search(event) and not _ALERT.search(event) else None


def _record(row: Row, layout: _Layout, kind: Kind) -> Record:
    return Record(
        Metric.GLUCOSE,
        kind,
        time=row.cell(layout.time),
        value=row.cell(layout.glucose),
        unit=layout.unit,
        device=row.cell(layout.others.get("source")),
        ticks=_ticks(row, layout),
        transmitter=row.cell(layout.others.get("transmitter")),
    )


def _ticks(row: Row, layout: _Layout) -> int | None:
    """Seconds since the transmitter began: they go on while the clock on the wall is turned back."""
    text = row.cell(layout.others.get("ticks"))
    return int(text) if _TICKS.fullmatch(text) else None


def _no_reading(line: int, time: str, event: str, *, has_value: bool) -> Outcome:
    """A value under an event that nobody knows might be a measurement: a person must look at it."""
    if has_value and (not time or _ALERT.search(event)):
        return Skipped(line, "alert threshold", time)
    if has_value:
        return Rejected(line, f"{event[:40]!r} is no known event")
    return Skipped(line, "event without glucose" if time else "patient or device", time)
