"""A table as a format module sees it: a text cut with one delimiter, or a sheet of a workbook."""

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from io import StringIO
from itertools import islice

from companion.devices.uploads.plain_text import lines_of, open_text
from companion.devices.uploads.rows import PlainRow, Row, cut
from companion.devices.uploads.source import Source

__all__ = ["HEAD_ROWS", "Export", "Row", "table_in", "table_of"]

HEAD_ROWS = 30
"""How far into a file its header may stand: the longest preamble seen is under 20 lines."""


class Export:
    """Rows of cells, none of them blank, cut afresh for every pass. `sheet` is its name in a workbook, else "".

    `plain_rows` are the rows without their names: who reads those says which is the `last` one.
    """

    def __init__(self, rows: Callable[[], Iterator[PlainRow]], *, sheet: str = "", delimiter: str = ",") -> None:
        self.sheet = sheet
        self.plain_rows = rows
        self.last: PlainRow = (0, (), "")
        self._delimiter = delimiter

    @cached_property
    def head(self) -> tuple[Row, ...]:
        """The first rows that are not blank: enough to know a format by."""
        return tuple(islice(self.rows(), HEAD_ROWS))

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank."""
        for row in self.plain_rows():
            self.last = row
            yield Row(*row)

    def text_at(self, line: int) -> str:
        """The row that was read last, if it stands there; "" for any other."""
        last, cells, _ = self.last
        return self._delimiter.join(cells) if last == line else ""


def table_in(source: Source, encoding: str, delimiter: str) -> Export:
    """The text behind the source as a table."""
    return Export(partial(_rows_in, source, encoding, delimiter), delimiter=delimiter)


def _rows_in(source: Source, encoding: str, delimiter: str) -> Iterator[PlainRow]:
    with open_text(source, encoding) as text:
        yield from cut(lines_of(text), delimiter)


def table_of(text: str, delimiter: str) -> Export:
    """A text that is here already as a table."""
    return Export(lambda: cut(lines_of(StringIO(text, newline=None)), delimiter), delimiter=delimiter)
