"""A table as a format module sees it: a text cut with one delimiter, or a sheet of a workbook."""

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from io import StringIO
from itertools import islice

from companion.devices.uploads.plain_text import lines_of, open_text
from companion.devices.uploads.rows import Row, cut
from companion.devices.uploads.source import Source

__all__ = ["HEAD_ROWS", "Export", "Row", "table_in", "table_of"]

HEAD_ROWS = 30
"""How far into a file its header may stand: the longest preamble seen is under 20 lines."""


class Export:
    """Rows of cells, none of them blank, cut afresh for every pass. `sheet` is its name in a workbook, else ""."""

    def __init__(self, rows: Callable[[], Iterator[Row]], *, sheet: str = "", delimiter: str = ",") -> None:
        self.sheet = sheet
        self._delimiter = delimiter
        self._rows = rows
        self._last = Row(0, ())

    @cached_property
    def head(self) -> tuple[Row, ...]:
        """The first rows that are not blank: enough to know a format by."""
        return tuple(islice(self.rows(), HEAD_ROWS))

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank."""
        for row in self._rows():
            self._last = row
            yield row

    def text_at(self, line: int) -> str:
        """The row that was read last, if it stands there; "" for any other."""
        return self._delimiter.join(self._last.cells) if self._last.line == line else ""


def table_in(source: Source, encoding: str, delimiter: str) -> Export:
    """The text behind the source as a table."""
    return Export(partial(_rows_in, source, encoding, delimiter), delimiter=delimiter)


def _rows_in(source: Source, encoding: str, delimiter: str) -> Iterator[Row]:
    with open_text(source, encoding) as text:
        yield from cut(lines_of(text), delimiter)


def table_of(text: str, delimiter: str) -> Export:
    """A text that is here already as a table."""
    return Export(lambda: cut(lines_of(StringIO(text, newline=None)), delimiter), delimiter=delimiter)
