"""An uploaded text file as rows of cells, each with its line number."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from itertools import islice

HEAD_ROWS = 30
"""How far into a file its header may stand: the longest preamble seen is under 20 lines."""

_LONGEST_QUOTED_CELL = 20
"""Lines. A cell in quotes that runs on for longer is a stray quotation mark, not a note."""

_LINE_END = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Row:
    """`line` is the 1-based line where the row starts; `problem` says why its cells cannot be trusted."""

    line: int
    cells: Sequence[str]
    problem: str = ""

    def cell(self, column: int | None) -> str:
        """The cell without surrounding blanks; "" where the row is too short or the file lacks the column."""
        if column is None or column >= len(self.cells):
            return ""
        return self.cells[column].strip()

    @property
    def is_blank(self) -> bool:
        """Spreadsheets leave such rows at the end of a file; they are no data."""
        return not self.problem and not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True)
class Export:
    """The text of a file, and the delimiter that its rows are cut with."""

    text: str
    delimiter: str

    @cached_property
    def head(self) -> tuple[Row, ...]:
        """The first rows that are not blank: enough to know a format by."""
        return tuple(islice(self.rows(), HEAD_ROWS))

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank."""
        return (row for row in _cut(self.lines, self.delimiter) if not row.is_blank)

    @cached_property
    def lines(self) -> list[str]:
        """The file's lines without their ends."""
        return _LINE_END.split(self.text)


def _cut(lines: list[str], delimiter: str) -> Iterator[Row]:
    at, widest = 0, 1
    while at < len(lines):
        height, cells = _quoted_record(lines, at, delimiter, widest)
        if height:
            widest = max(widest, len(cells))
            yield Row(at + 1, cells)
        else:
            yield Row(at + 1, lines[at].split(delimiter), "a quotation mark in this row is never closed")
        at += height or 1


def _quoted_record(lines: list[str], at: int, delimiter: str, widest: int) -> tuple[int, list[str]]:
    """How many lines the record that starts here takes, and its cells; (0, []) when its quote never closes.

    A following line that is a whole row by itself cannot be the rest of a note: reading on would swallow it.
    """
    if '"' not in lines[at]:
        return 1, lines[at].split(delimiter)
    for height in range(1, _LONGEST_QUOTED_CELL + 1):
        cells = _closed_cells("\n".join(lines[at : at + height]), delimiter)
        if cells is not None:
            return height, cells
        following = lines[at + height : at + height + 1]
        if not following or 1 < widest <= following[0].count(delimiter) + 1:
            break
    return 0, []


def _closed_cells(record: str, delimiter: str) -> list[str] | None:
    """The cells of one record, or None while a quote in it is open."""
    try:
        rows = list(csv.reader(StringIO(record, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return _loosely_quoted_cells(record, delimiter)
    return rows[0] if len(rows) == 1 else None


def _loosely_quoted_cells(record: str, delimiter: str) -> list[str] | None:
    """Text after a closing quote (`"a"b`) is untidy but whole: its quotes are even in number."""
    if record.count('"') % 2 or "\n" in record:
        return None
    try:
        return next(csv.reader([record], delimiter=delimiter))
    except csv.Error:
        return None
