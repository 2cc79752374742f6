"""Accu-Chek 360°: the results of its database, `Year,Month,Day,DayName,Time,TimeSlot,Result,ResultType,…`.

`Time` holds the date as well. Blood glucose, carbohydrates and insulin share the column `Result`; `ResultType`
tells them apart. No column names a unit, so that a person must.
"""

from collections.abc import Iterator

from companion.devices.uploads.cells import is_empty
from companion.devices.uploads.columns import Table, find_table, outcomes_below
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.devices.uploads.plain_words import meal_named
from companion.readings.reading import Kind, Metric

NAME = "accu_chek_360"

_WORDS = {
    "year": ("year",),
    "dayname": ("dayname", "day name"),
    "moment": ("time",),
    "value": ("result",),
    "type": ("resulttype", "result type"),
    "meal": ("mealtype", "meal type"),
}
_GLUCOSE = {"bg", "blood glucose", "glucose", "bgreading", "bg reading"}
_NO_READING = {"carbs": "food", "carb": "food", "basal": "insulin", "bolus": "insulin", "insulin": "insulin"}


def detect(export: Export) -> bool:
    """Whether the header names the day in words, the result and its type."""
    return _table(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_table(export), export, _outcome)


def _table(export: Export) -> Table | None:
    return find_table(export, _WORDS, {"year", "dayname", "moment", "value", "type"})


def _outcome(row: Row, table: Table) -> Outcome:
    time, kind = table.cell(row, "moment"), table.cell(row, "type").casefold()
    if kind not in _GLUCOSE:
        reason = next((reason for word, reason in _NO_READING.items() if word in kind), "other entry")
        return Skipped(row.line, reason, time)
    value = table.cell(row, "value")
    if is_empty(value):
        return Rejected(row.line, "a glucose result without its value")
    meal = meal_named(table.cell(row, "meal"))
    return Found(row.line, (Record(Metric.GLUCOSE, Kind.METER, time=time, value=value, unit=None, meal=meal),))
