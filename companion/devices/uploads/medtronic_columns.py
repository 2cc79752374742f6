"""What the glucose columns of Medtronic's exports (CareLink, iPro) mean, in the languages they come in.

All of them name a concentration. The bolus calculator's own columns say so in every language (`BWZ`, `Bolus…`),
a calibration and a sensor as well; what is left is the meter's.
"""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from companion.devices.uploads.cells import glucose_unit_in, is_empty
from companion.devices.uploads.columns import first_place, joined
from companion.devices.uploads.dates import split_time
from companion.devices.uploads.export import Row
from companion.devices.uploads.format import Record
from companion.devices.uploads.plain_words import COLUMNS
from companion.readings.reading import Kind, Metric

_CALCULATOR = re.compile(r"bwz|bolus", re.IGNORECASE)
_INPUT = re.compile(r"input|eingabe|invoer|saisi|entrada|introdu|immess|inmat|indtast|inntast|syöt", re.IGNORECASE)
_CALIBRATION = re.compile(r"[ck]alibr|étalonn", re.IGNORECASE)
_SENSOR = re.compile(r"sensor|capteur|anturi|czujnik|senzor", re.IGNORECASE)
_NOT_A_VALUE = re.compile(r"/\s*(?:u|e|ie|ui|min)\b|target|grenzwert|ziel|limit", re.IGNORECASE)
_TIMESTAMP_NAMES = {"timestamp", "zeitstempel", "tidsstempel", "horodatage", "marca de tiempo", "tijdstempel"}
_BEHIND_INDEX = 1, 2
"""Where date and time of day stand in every known layout."""


@dataclass(frozen=True, slots=True)
class MedtronicColumns:
    """Places of columns."""

    date: int
    clock: int
    timestamp: int | None
    meter: int | None
    sensor: int | None
    calibration: int | None
    calculator_input: int | None
    source: int | None
    units: tuple[str | None, ...]

    def time(self, row: Row) -> str:
        """The time out of two cells; where they hold none, out of the one that some layouts have besides."""
        time = joined(row.cell(self.date), row.cell(self.clock))
        return time if split_time(time) else row.cell(self.timestamp) or time

    def records(self, row: Row, device: str, meter: Kind = Kind.METER) -> Iterator[Record]:
        """The meter's value and the sensor's, as far as the row has them."""
        for kind, place in ((meter, self.meter), (Kind.CGM, self.sensor)):
            if place is not None and has_value(row, place):
                yield Record(Metric.GLUCOSE, kind, self.time(row), row.cell(place), self.units[place], device=device)


def has_value(row: Row, place: int | None) -> bool:
    """Whether the cell holds more than blanks and dashes."""
    text = row.cell(place)
    return not is_empty(text) and bool(text.strip("-"))


def columns_under(header: Row) -> MedtronicColumns:
    """The columns that a header row names."""
    cells = [cell.strip() for cell in header.cells]
    concentrations = [place for place, cell in enumerate(cells) if glucose_unit_in(cell)]
    calculator = [place for place in concentrations if _CALCULATOR.search(cells[place])]
    values = [p for p in concentrations if p not in calculator and not _NOT_A_VALUE.search(cells[p])]
    calibration = _first(cells, values, _CALIBRATION)
    measured = [place for place in values if place != calibration]
    sensor = _first(cells, measured, _SENSOR)
    date = _named(header, COLUMNS["date"])
    clock = _named(header, COLUMNS["clock"])
    return MedtronicColumns(
        date=_BEHIND_INDEX[0] if date is None else date,
        clock=_BEHIND_INDEX[1] if clock is None else clock,
        timestamp=_named(header, _TIMESTAMP_NAMES),
        meter=next((place for place in measured if place != sensor), None),
        sensor=sensor,
        calibration=calibration,
        calculator_input=_first(cells, calculator, _INPUT),
        source=_named(header, {"bg source"}),
        units=tuple(glucose_unit_in(cell) for cell in cells),
    )


def _named(header: Row, names: Container[str]) -> int | None:
    return first_place(header, lambda cell: cell.casefold() in names)


def _first(cells: Sequence[str], places: Sequence[int], pattern: re.Pattern[str]) -> int | None:
    return next((place for place in places if pattern.search(cells[place])), None)
