"""mylife (Ypsomed): a log of boluses, carbohydrates and meter values, eight columns in the language of the phone.

What a row is stands in words; that it is glucose shows in its unit, which is the same in every language.
"""

from collections.abc import Iterator

from companion.devices.uploads.cells import glucose_unit_in, is_empty
from companion.devices.uploads.columns import Table, Words, find_table, joined, outcomes_below
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Skipped
from companion.devices.uploads.plain_words import hints_at_sensor
from companion.readings.reading import Kind, Metric

NAME = "mylife"

_WORDS: Words = {
    "weekday": ("tag", "day", "jour", "giorno", "día", "dag", "dia"),
    "date": ("datum", "date", "data", "fecha", "dato"),
    "clock": ("uhrzeit", "zeit", "time", "heure", "ora", "hora", "tijd", "tid", "tidspunkt"),
    "event": ("ereignis", "event", "événement", "evento", "gebeurtenis", "händelse", "hændelse", "hendelse"),
    "value": ("wert", "value", "valeur", "valore", "valor", "waarde", "värde", "værdi", "verdi"),
    "unit": ("einheit", "unit", "unité", "unità", "unidad", "eenheid", "enhet", "enhed"),
    "information": ("information", "informationen", "informations", "informazioni", "información", "informatie"),
}
_NEEDED = set(_WORDS)


def detect(export: Export) -> bool:
    """Whether a row of the head names the weekday, date, time, event, value, unit and information."""
    return find_table(export, _WORDS, _NEEDED) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(find_table(export, _WORDS, _NEEDED), export, _outcome)


def _outcome(row: Row, table: Table) -> Outcome:
    time = joined(table.cell(row, "date"), table.cell(row, "clock"))
    value, unit = table.cell(row, "value"), glucose_unit_in(table.cell(row, "unit"))
    if unit is None:
        return Skipped(row.line, "no glucose", time)
    if is_empty(value):
        return Skipped(row.line, "no value", time)
    kind = Kind.CGM if hints_at_sensor(table.cell(row, "event")) else Kind.METER
    return Found(row.line, (Record(Metric.GLUCOSE, kind, time, value, unit),))
