"""A report as a table with named columns: date, test, value, unit. Pure.

`test` is a LOINC code or a name (hba1c, egfr, potassium, weight, creatinine, alt, or its Chinese). Columns stand in any
order, others beside them are left aside; comma, semicolon or tab between them; days as 2026-05-31.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from companion.devices.uploads.plain_text import encoding_of
from companion.devices.uploads.source import InMemory
from companion.errors import BadInput
from companion.imported.labs import (
    ALT,
    CREATININE,
    EGFR,
    HBA1C,
    IFCC,
    MILLIGRAMS_OF_CREATININE,
    ON_REPORTS,
    PERCENT,
    POTASSIUM,
    WEIGHT,
    Lab,
    in_kept_unit,
    is_of_a_size,
)
from companion.imported.report_told import Left, ReportTold, ValueTold, report_of

COLUMNS = {
    "date": ("date", "日期"),
    "test": ("test", "项目"),
    "value": ("value", "结果"),
    "unit": ("unit", "单位"),
}
"""What each column may be called."""
_HBA1C = HBA1C._replace(units={**PERCENT, **IFCC})
_CREATININE = CREATININE._replace(units={**CREATININE.units, **MILLIGRAMS_OF_CREATININE})
NAMES: dict[str, Lab] = {
    "hba1c": _HBA1C,
    "糖化血红蛋白": _HBA1C,
    "egfr": EGFR,
    "估算肾小球滤过率": EGFR,
    "potassium": POTASSIUM,
    "血钾": POTASSIUM,
    "weight": WEIGHT,
    "体重": WEIGHT,
    "creatinine": _CREATININE,
    "肌酐": _CREATININE,
    "alt": ALT,
    "丙氨酸氨基转移酶": ALT,
}
MOST_ROWS = 2000


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


def read_table(content: bytes, today: date) -> ReportTold:
    """Raises BadInput for what is no text, and for a table without one of the columns."""
    text = content.decode(encoding_of(InMemory(content)))
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    columns = _columns(rows[0] if rows else [])
    if len(rows) > MOST_ROWS + 1:
        raise BadInput(_("has more than 2000 rows"), where="file", advice=_("send it in parts"))
    return report_of("", _told(rows[1:], columns, today))


def _delimiter(text: str) -> str:
    head = text.split("\n", 1)[0]
    return max(",;\t", key=head.count)


def _columns(head: list[str]) -> Mapping[str, int]:
    """Where each of them is."""
    names = [cell.strip().casefold() for cell in head]
    found = {}
    for column, called in COLUMNS.items():
        places = [place for place, name in enumerate(names) if name in called]
        if len(places) != 1:
            what = _("a column is missing") if not places else _("a column is there twice")
            raise BadInput(what, where=f"column {column}", advice=_("name the columns date, test, value, unit"))
        found[column] = places[0]
    return found


def _told(rows: list[list[str]], columns: Mapping[str, int], today: date) -> Iterator[ValueTold | Left]:
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: row[place].strip() if place < len(row) else "" for name, place in columns.items()}
        found = _value(cells, today)
        said = f"row {number}: {cells['test']} {cells['value']} {cells['unit']}"
        yield Left(said, found) if isinstance(found, str) else found


def _value(cells: Mapping[str, str], today: date) -> ValueTold | str:
    """The row's value, or why there is none."""
    lab = ON_REPORTS.get(cells["test"]) or NAMES.get(cells["test"].casefold())
    if lab is None:
        return "test: nobody asks about it here"
    if cells["unit"].casefold() not in lab.units:
        return f"unit: {lab.kind.value} is in {', '.join(lab.units)}"
    number, day = _number(cells["value"]), _day(cells["date"])
    if number is None:
        return "value: no number"
    if day is None:
        return "date: write the day like 2026-05-31"
    if day > today:
        return "date: lies in the future"
    kept = in_kept_unit(lab, cells["unit"], number)
    return ValueTold(lab.kind, format(kept, "f"), f"{cells['value']} {cells['unit']}", day)


def _number(text: str) -> Decimal | None:
    """With a point or a comma; with both it is in doubt, and none."""
    try:
        number = Decimal(text.replace(",", ".") if "." not in text else text)
    except InvalidOperation:
        return None
    return number if is_of_a_size(number) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
