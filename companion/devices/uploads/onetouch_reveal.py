"""OneTouch Reveal: one diary of glucose, insulin, carbohydrates and activity, an item a row, its unit beside it.

Older exports have `Additional Value` and `Notes`, newer ones `Recommended Range` and `Additional Notes`. A row
whose unit is one of concentration is glucose in any language; a tag may say that it was control solution.
"""

from collections.abc import Iterator

from companion.devices.uploads.cells import glucose_unit_in, is_empty
from companion.devices.uploads.columns import Table, find_table, outcomes_below
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.devices.uploads.plain_words import COLUMNS, meal_named, says_typed
from companion.readings.reading import Kind, Meal, Metric

NAME = "onetouch_reveal"

_WORDS = {
    "item": ("item type", "elementtyp", "eintragstyp", "type d élément", "tipo de elemento", "tipo di elemento"),
    "moment": COLUMNS["moment"],
    "value": COLUMNS["value"],
    "unit": COLUMNS["unit"],
    "manual": ("manual", "manuell", "manuel", "manuale", "handmatig"),
    "tag": ("additional value", "additional notes", "zusätzlicher wert", "zusätzliche notizen"),
    "device": COLUMNS["device"],
}
_GLUCOSE = ("glucose", "blood sugar", "blutzucker", "glycémie", "glucemia", "glicemia")
_OTHERS = ("insulin", "carb", "activity", "exercise", "weight", "steps", "a1c")


def detect(export: Export) -> bool:
    """Whether the header names an item's type, its time and its value."""
    return _table(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_table(export), export, _outcome)


def _table(export: Export) -> Table | None:
    return find_table(export, _WORDS, {"item", "moment", "value"})


def _outcome(row: Row, table: Table) -> Outcome:
    time, item = table.cell(row, "moment"), table.cell(row, "item").casefold()
    unit = glucose_unit_in(table.cell(row, "unit"))
    if not unit and not any(word in item for word in _GLUCOSE):
        return Skipped(row.line, next((word for word in _OTHERS if word in item), "other entry"), time)
    if "control" in table.cell(row, "tag").casefold():
        return Skipped(row.line, "control solution", time)
    if is_empty(table.cell(row, "value")):
        return Rejected(row.line, "a glucose entry without its value")
    return Found(row.line, (_record(row, table, unit),))


def _record(row: Row, table: Table, unit: str | None) -> Record:
    return Record(
        Metric.GLUCOSE,
        Kind.TYPED if says_typed(table.cell(row, "manual")) else Kind.METER,
        time=table.cell(row, "moment"),
        value=table.cell(row, "value"),
        unit=unit,
        meal=_meal(table.cell(row, "tag")),
        device=table.cell(row, "device"),
    )


def _meal(tags: str) -> Meal | None:
    """The first meal among the tags (`Before Meal, Manual`)."""
    return next(filter(None, map(meal_named, tags.split(","))), None)
