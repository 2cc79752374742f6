"""Glooko: one table a file under a title row `Name:…,Date Range:…`, in any language, newest row first.

Sensor values, meter values and pump data come in tables of their own. A meter's table says of each value
whether it was typed in; a bolus table repeats what went into the calculator, which is no measurement.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from companion.devices.uploads.cells import glucose_unit_in, is_empty, number_in
from companion.devices.uploads.columns import first_place, outcomes_below
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Skipped
from companion.devices.uploads.plain_words import column_named, hints_at_sensor
from companion.readings.reading import Kind, Metric
from companion.readings.units import GlucoseUnit

NAME = "glooko"

_TITLE = re.compile(r"[^\W\d][\w ]{1,20}:")
_DATE = r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}"
_RANGE = re.compile(rf":\s*{_DATE}\s+[-–]\s+{_DATE}")
_OWN_NAME = re.compile(r"cgm[ -]gl[uy][ck]", re.IGNORECASE)
_INPUT = re.compile(r"input|eingabe|invoer|saisi|entrada|ingres|immess|inmat|indtast|inntast|syöt", re.IGNORECASE)
_FINGER_STICK = re.compile(r"manu|handm|käsin|blood|blut|bloed|sangu|capill|\bbg\b|\bmeter\b", re.IGNORECASE)
_MANUAL = re.compile(r"manu|handm|käsin", re.IGNORECASE)
_NOT_MANUAL = {"", "no", "nein", "non", "nee", "nej", "false", "0", "-"}
_SERIAL = re.compile(r"seri|série|transmitter", re.IGNORECASE)

_BELOW_RANGE = {GlucoseUnit.MG_DL.value: Decimal(1), GlucoseUnit.MMOL_L.value: Decimal("0.1")}
_ABOVE_RANGE = {GlucoseUnit.MG_DL.value: Decimal(2001), GlucoseUnit.MMOL_L.value: Decimal(111)}
"""What Glooko writes for LO and HI of a sensor: 1 and 2001 mg/dL, as several public importers have found."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """`kind` is None where the one column of glucose is a calculator's input, or there is none."""

    time: int
    glucose: int | None
    kind: Kind | None
    manual: int | None
    serial: int | None
    unit: str | None
    header_line: int


def detect(export: Export) -> bool:
    """Whether the first row is Glooko's title, with a table below it, or the header of its sensor values."""
    return _layout(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_layout(export), export, _outcome)


def _layout(export: Export) -> _Layout | None:
    """The table below a title, or one that lost its title and still names a sensor as Glooko does."""
    for title, header in pairwise(export.head[:3]):
        if len(header.cells) > 1 and _is_title(title, header):
            return _layout_by_header(header)
    named = (row for row in export.head[:1] if column_named(row.cell(0)) == "moment")
    return next((_layout_by_header(row) for row in named if any(map(_OWN_NAME.match, row.cells))), None)


def _is_title(title: Row, header: Row) -> bool:
    """A range of dates marks the title in every language; without one the time must be called so below."""
    text = " ".join(title.cells)
    names_a_time = column_named(header.cell(0)) == "moment"
    return bool(_TITLE.match(title.cell(0))) and (bool(_RANGE.search(text)) or names_a_time)


def _layout_by_header(header: Row) -> _Layout:
    glucose = first_place(header, _is_glucose)
    return _Layout(
        first_place(header, lambda cell: column_named(cell) == "moment") or 0,
        glucose,
        kind=None if glucose is None or _INPUT.search(header.cells[glucose]) else _kind(header),
        manual=first_place(header, _MANUAL.search),
        serial=first_place(header, _SERIAL.search),
        unit=glucose_unit_in(header.cell(glucose)),
        header_line=header.line,
    )


def _is_glucose(header: str) -> bool:
    return glucose_unit_in(header) is not None or column_named(header) in {"glucose", "sensor"}


def _kind(header: Row) -> Kind:
    """A sensor's value must never pass for a finger-stick, so that a table must show that it is a meter's."""
    is_sensor = any(map(hints_at_sensor, header.cells))
    return Kind.METER if any(map(_FINGER_STICK.search, header.cells)) and not is_sensor else Kind.CGM


def _outcome(row: Row, layout: _Layout) -> Outcome:
    value = row.cell(layout.glucose)
    if layout.kind is None:
        was_entered = number_in(value) not in (None, 0)
        return Skipped(row.line, "calculator input" if was_entered else "no glucose", row.cell(layout.time))
    if is_empty(value):
        return Skipped(row.line, "no value", row.cell(layout.time))
    return Found(row.line, (_record(row, layout, layout.kind),))


def _record(row: Row, layout: _Layout, kind: Kind) -> Record:
    is_manual = kind is Kind.METER and row.cell(layout.manual).casefold() not in _NOT_MANUAL
    return Record(
        Metric.GLUCOSE,
        Kind.TYPED if is_manual else kind,
        time=row.cell(layout.time),
        value=_value(row.cell(layout.glucose), layout),
        unit=layout.unit,
        device=row.cell(layout.serial),
    )


def _value(text: str, layout: _Layout) -> str:
    """The cell, or LO and HI for the two numbers that stand for them."""
    number = number_in(text)
    if layout.kind is not Kind.CGM or number is None or layout.unit is None:
        return text
    if 0 < number <= _BELOW_RANGE[layout.unit]:
        return "LO"
    return "HI" if number >= _ABOVE_RANGE[layout.unit] else text
