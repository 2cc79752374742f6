"""Lines of text → rows of cells. A quotation mark that is never closed costs its own row, not those below it."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice
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


def cut(lines: Iterable[str], delimiter: str) -> Iterator[Row]:
    """The rows of a text, given line by line without the line ends; blank ones are left out."""
    rest = _Lines(lines)
    at, widest = 0, 1
    for line in rest:
        at += 1
        start, height = at, 1
        if '"' in line:
            cells, height = _quoted_record(line, rest, delimiter, widest)
            rest.drop(height - 1)
            at += max(height - 1, 0)
        else:
            cells = line.split(delimiter)
        if not height:
            yield Row(start, line.split(delimiter), "a quotation mark in this row is never closed")
        elif cells[0].strip() or any(map(str.strip, cells)):
            if len(cells) > widest:
                widest = len(cells)
            yield row_of(start, cells)


def row_of(line: int, cells: Sequence[str]) -> Row:
    """`Row(line, cells)` at half its cost: a file has hundreds of thousands."""
    return tuple.__new__(Row, (line, cells, ""))


class _Lines:
    """Lines one by one, with a look at those that follow."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._rest = iter(lines)
        self._ahead: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        for line in self._rest:
            yield line
            while self._ahead:
                yield self._ahead.popleft()

    def peek(self, place: int) -> str | None:
        """The line that comes `place` lines after the next one."""
        self._ahead.extend(islice(self._rest, max(0, place + 1 - len(self._ahead))))
        return self._ahead[place] if place < len(self._ahead) else None

    def drop(self, count: int) -> None:
        """Leaves out lines that were peeked at."""
        for _ in range(count):
            self._ahead.popleft()


def _quoted_record(line: str, rest: _Lines, delimiter: str, widest: int) -> tuple[list[str], int]:
    """The cells of the record that starts here, and how many lines it takes: ([], 0) when its quote never closes.

    A following line that is a whole row by itself cannot be the rest of a note: reading on would swallow it.
    """
    record = line
    for height in range(1, _LONGEST_QUOTED_CELL + 1):
        cells = _closed_cells(record, delimiter)
        if cells is not None:
            return cells, height
        following = rest.peek(height - 1)
        if following is None or 1 < widest <= following.count(delimiter) + 1:
            break
        record = f"{record}\n{following}"
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
