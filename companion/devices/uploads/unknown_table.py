"""A table that no format knows, as far as a person needs to see it to say what its columns are."""

import hashlib
from dataclasses import dataclass

from companion.devices.uploads.dates import split_time
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.parts import parts_of
from companion.devices.uploads.source import Source

MOST_COLUMNS = 40
"""A table that is wider is none that a person can go through column by column."""

_PLACEHOLDER_CLOCK = "00:00"
"""Makes a time out of a cell that holds a date alone."""


@dataclass(frozen=True)
class UnknownTable:
    """`header` is the row above the first one with a date in it, None in a table without. `rows` are its first."""

    header: Row | None
    rows: tuple[Row, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What the columns are called; "" for one without a name."""
        width = max(len(row.cells) for row in self.rows)
        return tuple(self.header.cell(place) if self.header else "" for place in range(width))

    @property
    def signature(self) -> str:
        """Stands for the layout: the same for the next export of the same app."""
        told = "\x1f".join(name.casefold() for name in self.names) if self.header else f"{len(self.names)} columns"
        return hashlib.sha256(told.encode()).hexdigest()


def find_unknown_table(source: Source) -> UnknownTable | None:
    """The first table in the file that has a date in every row: the delimiter under which it is widest counts."""
    for part in parts_of(source):
        tables = [table_in_head(look) for look in part.looks if isinstance(look, Export)]
        found = [table for table in tables if table is not None]
        if found:
            return max(found, key=lambda table: len(table.names))
    return None


def table_in_head(export: Export) -> UnknownTable | None:
    """The table that begins within the head, if one does."""
    head = export.head
    first = next((place for place, row in enumerate(head) if _has_date(row)), None)
    if first is None or not 2 <= len(head[first].cells) <= MOST_COLUMNS:
        return None
    above = head[first - 1] if first else None
    header = above if above and len(above.cells) >= 2 and not _has_date(above) else None
    return UnknownTable(header, head[first:])


def _has_date(row: Row) -> bool:
    return any(split_time(cell) or split_time(f"{cell} {_PLACEHOLDER_CLOCK}") for cell in row.cells if cell.strip())
