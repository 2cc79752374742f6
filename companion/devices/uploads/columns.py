"""Where the columns of a table stand, by the words in its header."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from companion.devices.uploads.cells import glucose_unit_in
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Outcome, Rejected

Words = Mapping[str, tuple[str, ...]]
"""Our name of a column → what headers call it, as `header_name` gives it."""

_BRACKETS = re.compile(r"[(\[（【][^)\]）】]*[)\]）】]?")
_JOINTS = re.compile(r"[\s_\-./:,&+’'\ufeff]+")


@dataclass(frozen=True, slots=True)
class Table:
    """A header row and where in it our columns stand."""

    header: Row
    places: Mapping[str, int]

    @property
    def header_line(self) -> int:
        return self.header.line

    def cell(self, row: Row, column: str) -> str:
        """The row's cell under that column; "" where the table lacks it."""
        return row.cell(self.places.get(column))

    def unit(self, column: str) -> str | None:
        """The unit of concentration that the column's header names."""
        return glucose_unit_in(self.cell(self.header, column))

    def rows(self, export: Export) -> Iterator[Row]:
        """Every row below the header."""
        return (row for row in export.rows() if row.line > self.header.line)


class Headed(Protocol):
    """What a format knows of its table, whatever it needs; the rows of data are those below `header_line`."""

    @property
    def header_line(self) -> int: ...


Layout = TypeVar("Layout", bound=Headed)


def outcomes_below(
    layout: Layout | None, export: Export, outcome_of: Callable[[Row, Layout], Outcome]
) -> Iterator[Outcome]:
    """What becomes of every row below the header; one that could not be cut into cells is rejected."""
    assert layout is not None, "read() is for exports that detect() knows"
    for row in export.rows():
        if row.line > layout.header_line:
            yield Rejected(row.line, row.problem) if row.problem else outcome_of(row, layout)


def header_name(cell: str) -> str:
    """A header cell in plain words, brackets left aside: `Glucose Value (mg/dL)` → "glucose value"."""
    return _JOINTS.sub(" ", _BRACKETS.sub(" ", cell)).strip().casefold()


def table_under(header: Row, words: Words) -> Table:
    """The first column of each of our names."""
    names = [header_name(cell) for cell in header.cells]
    return Table(header, {ours: names.index(theirs) for ours, theirs in _matches(names, words)})


def first_header(rows: Iterable[Row], layout_of: Callable[[Row], Layout | None]) -> Layout | None:
    """The layout that the first header tells; None where no row is one."""
    return next(filter(None, map(layout_of, rows)), None)


def first_place(row: Row, is_it: Callable[[str], object]) -> int | None:
    """Where the first cell stands that passes; None where none does."""
    return next((place for place, cell in enumerate(row.cells) if is_it(cell.strip())), None)


def find_table(export: Export, words: Words, needed: set[str]) -> Table | None:
    """The table under the first row of the head that names every needed column."""
    tables = (table_under(row, words) for row in export.head if not row.problem)
    return next((table for table in tables if needed <= table.places.keys()), None)


def _matches(names: list[str], words: Words) -> Iterator[tuple[str, str]]:
    for ours, theirs in words.items():
        found = next((name for name in names if name in theirs), None)
        if found is not None:
            yield ours, found


def joined(date: str, clock: str) -> str:
    """Date and time of day out of two cells. A spreadsheet writes a date alone as a midnight."""
    return f"{date.removesuffix(' 00:00:00')} {clock}".strip()
