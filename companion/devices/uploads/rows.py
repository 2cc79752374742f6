"""Lines of text → rows of cells. A quotation mark that is never closed costs its own row, not those below it."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from io import StringIO
from itertools import islice, tee
from typing import NamedTuple

_LONGEST_QUOTED_CELL = 20
"""Lines. A cell in quotes that runs on for longer is a stray quotation mark, not a note."""


class Row(NamedTuple):
    """`line` is the 1-based line of a text, or row of a sheet; `problem` says why its cells cannot be trusted."""

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


PlainRow = tuple[int, Sequence[str], str]
"""What a Row is made of. A plain tuple costs a third of a Row, and a file has hundreds of thousands."""


def cut(lines: Iterable[str], delimiter: str) -> Iterator[PlainRow]:
    """The rows of a text, given line by line without the line ends; blank ones are left out."""
    (rest,) = tee(lines, 1)  # a copy of it looks at the lines that follow and takes none away
    at, widest = 0, 1
    for line in rest:
        at += 1
        if '"' in line:
            cells, height = _quoted_record(line, copy(rest), delimiter, widest)
            if not height:
                yield at, line.split(delimiter), "a quotation mark in this row is never closed"
                continue
        else:
            cells, height = line.split(delimiter), 1
        if cells[0].strip() or any(map(str.strip, cells)):
            if len(cells) > widest:
                widest = len(cells)
            yield at, cells, ""
        if height > 1:
            at += len(list(islice(rest, height - 1)))


def _quoted_record(line: str, following: Iterator[str], delimiter: str, widest: int) -> tuple[list[str], int]:
    """The cells of the record that starts here, and how many lines it takes: ([], 0) when its quote never closes.

    A following line that is a whole row by itself cannot be the rest of a note: reading on would swallow it.
    """
    record = line
    for height in range(1, _LONGEST_QUOTED_CELL + 1):
        cells = _closed_cells(record, delimiter)
        if cells is not None:
            return cells, height
        next_line = next(following, None)
        if next_line is None or 1 < widest <= next_line.count(delimiter) + 1:
            break
        record = f"{record}\n{next_line}"
    return [], 0


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
