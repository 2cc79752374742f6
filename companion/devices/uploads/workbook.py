"""Workbooks (.xlsx, .xls) as tables: one a sheet, every cell as text. Formulas are text like any other."""

import re
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zipfile import BadZipFile

import openpyxl  # type: ignore[import-untyped]
import xlrd  # type: ignore[import-untyped]

from companion.devices.uploads.archive import members
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.plain_text import checked_text
from companion.devices.uploads.source import Source
from companion.errors import BadInput

warnings.filterwarnings("ignore", module="openpyxl")  # it misses styles, which nobody here looks at

_MOST_COLUMNS = 500
"""No export comes near."""
_MOST_ROWS = 1_048_576
"""Where sheets end; a made-up row number beyond would be filled up with empty rows."""
_LARGEST_XLS = 100 * 1024 * 1024
"""Bytes. The old format ends at 65,536 rows a sheet; the reader holds the whole file."""
_ASIDE = re.compile(r'\[[^\]]*\]|"[^"]*"')
"""What in a number format is no letter of date or time: `[$-409]`, `"h"`."""
_BROKEN = BadInput("the workbook is broken", advice="save it again, or save the sheet as CSV")


def xlsx_sheets(source: Source) -> Iterator[Export]:
    """The sheets of an .xlsx workbook. Raises BadInput when it is none."""
    for _ in members(source):
        pass  # each is checked for what it would unpack to
    with source.open("rb") as stream:
        names = _opened(stream).sheetnames
    for name in names:
        yield Export(partial(_xlsx_rows, source, name), sheet=name)


def xls_sheets(source: Source) -> Iterator[Export]:
    """The sheets of an old .xls workbook. Raises BadInput when it is none."""
    for index, name in enumerate(_old(source).sheet_names()):
        yield Export(partial(_xls_rows, source, index), sheet=name)


def _opened(stream: Any) -> Any:
    try:
        return openpyxl.load_workbook(stream, read_only=True, data_only=False)
    except (BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError, OSError):
        raise _BROKEN from None


def _xlsx_rows(source: Source, name: str) -> Iterator[Row]:
    with source.open("rb") as stream:
        sheet = _opened(stream)[name]
        try:
            sheet.reset_dimensions()
            for number, cells in enumerate(sheet.iter_rows(max_row=_MOST_ROWS), start=1):
                yield from _row(number, [_xlsx_text(cell) for cell in cells[:_MOST_COLUMNS]])
        except (BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError, OSError) as error:
            if isinstance(error, BadInput):
                raise
            raise _BROKEN from None


def _xlsx_text(cell: Any) -> str:
    value = cell.value
    if not isinstance(value, datetime):
        return cell_text(value)
    shown = _ASIDE.sub("", cell.number_format.lower())
    if "h" not in shown:
        return cell_text(value.date())
    return cell_text(value if "d" in shown or "y" in shown else _nearest_second(value).time())


def _row(number: int, cells: list[str]) -> Iterator[Row]:
    """The row, if it is not blank, without the empty cells that sheets pad it with."""
    while cells and not cells[-1].strip():
        cells.pop()
    if cells:
        yield Row(number, cells)


def cell_text(value: object) -> str:
    """A cell's value as its sheet shows it: 5.4, 2026-03-08 07:30:00, 2026-03-08, 07:30:00."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime):
        return _nearest_second(value).isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return checked_text(str(value))


def _nearest_second(value: datetime) -> datetime:
    """Sheets keep times as fractions of a day, a few microseconds off."""
    return (value + timedelta(microseconds=500_000)).replace(microsecond=0)


def _old(source: Source) -> Any:
    with source.open("rb") as stream:
        content = stream.read(_LARGEST_XLS + 1)
    if len(content) > _LARGEST_XLS:
        raise BadInput("the workbook is too large", advice="save the sheet as CSV")
    try:
        return xlrd.open_workbook(file_contents=content, logfile=_Silent(), on_demand=True)
    except Exception:  # noqa: BLE001 (broken files raise errors of every kind in this reader)
        raise _BROKEN from None


class _Silent:
    """Takes what the reader would print about a file."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None: ...


def _xls_rows(source: Source, index: int) -> Iterator[Row]:
    book = _old(source)
    try:
        sheet = book.sheet_by_index(index)
    except Exception:  # noqa: BLE001 (as above)
        raise _BROKEN from None
    for number in range(sheet.nrows):
        cells = sheet.row(number)[:_MOST_COLUMNS]
        yield from _row(number + 1, [_xls_text(cell.ctype, cell.value, book.datemode) for cell in cells])


def _xls_text(kind: int, value: Any, datemode: int) -> str:
    if kind != xlrd.XL_CELL_DATE:
        return cell_text(value)
    try:
        moment: datetime = xlrd.xldate_as_datetime(value, datemode)
    except (xlrd.xldate.XLDateError, ValueError, OverflowError):
        return cell_text(value)
    if value < 1:
        return cell_text(moment.time().replace(microsecond=0))
    return cell_text(moment.date() if value == int(value) else moment)
