"""What was kept before there was sealing is sealed, some at a time; a process that is killed goes on with the rest."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, column, func, select, table, update

from companion.clock import Clock
from companion.db import erasing, looking
from companion.errors import BadInput
from companion.originals import Originals
from companion.sealing import older_texts
from companion.sealing.columns import SEALED, SealedColumn, sealer
from companion.sealing.data_keys import DataKey

AT_ONCE = 200
"""Rows of one transaction: on SQLite others wait for it."""
FILES_AT_ONCE = 20


class InTheClear(NamedTuple):
    """How much is not sealed yet: rows by their table, texts by "table.column", and files."""

    rows: dict[str, int]
    files: int


def count(engine: Engine, originals: Originals) -> InTheClear:
    """What is left to be sealed."""
    with looking(engine) as connection:
        rows = {each.table: _count(connection, each) for each in SEALED} | older_texts.count(connection)
    return InTheClear(rows, sum(1 for _ in _files(originals)))


def steps(engine: Engine, originals: Originals, clock: Clock) -> Iterator[int]:
    """Seals everything, step by step; gives how many rows or files each step sealed. Whoever reads a file meanwhile has
    it as it was. Raises Unavailable without the master key."""
    while rows := _seal_rows(engine, clock):
        yield rows
    yield from older_texts.steps(engine, clock)
    files = _files(originals)
    while some := list(islice(files, FILES_AT_ONCE)):
        yield sum(_sealed(originals, patient, path) for patient, path in some)


def _seal_rows(engine: Engine, clock: Clock) -> int:
    """Some rows of the first table that has any; 0 when all are sealed."""
    for each in SEALED:
        with erasing(engine) as connection:  # SQLite writes zeros over what stood there
            if sealed := _seal_some(connection, each, clock):
                return sealed
    return 0


def _files(originals: Originals) -> Iterator[tuple[str, Path]]:
    for patient in originals.patients():
        for name in originals.names(patient):
            original = _there(originals, patient, name)
            if isinstance(original, Path):
                yield patient, original


def _there(originals: Originals, patient: str, name: str) -> object:
    """None for one that was forgotten meanwhile."""
    try:
        return originals.get(patient, name)
    except (BadInput, FileNotFoundError):
        return None


def _sealed(originals: Originals, patient: str, path: Path) -> bool:
    try:
        with path.open("rb") as content:
            originals.keep(patient, content, path.stat().st_size)
    except (BadInput, FileNotFoundError):  # nobody's, or forgotten meanwhile
        return False
    return True


def _count(connection: Connection, each: SealedColumn) -> int:
    rows = _table(each)
    return connection.scalar(select(func.count()).select_from(rows).where(*_is_clear(rows, each))) or 0


def _seal_some(connection: Connection, each: SealedColumn, clock: Clock) -> int:
    """Rows are held while they are sealed: a second process that does the same waits, and finds them done."""
    rows = _table(each)
    query = select(rows).where(*_is_clear(rows, each)).order_by(rows.c.id).limit(AT_ONCE).with_for_update()
    found = connection.execute(query).all()
    for row in found:
        said = row._mapping
        seal = sealer(connection, each, said[each.whose], clock())
        new = {"sealed": seal(said[each.row], said[each.plain]), each.plain: each.left}
        connection.execute(update(rows).where(rows.c.id == said["id"], rows.c.sealed.is_(None)).values(new))
    return len(found)


def _is_clear(rows: Any, each: SealedColumn) -> tuple[Any, Any, Any]:
    """What is nobody's stays as it is; what is left of somebody who was erased has to be erased, too, not sealed."""
    whose = rows.c[each.whose]
    erased = select(DataKey.person_id).where(DataKey.wrapped.is_(None))
    return rows.c.sealed.is_(None), whose.is_not(None), whose.not_in(erased)


def _table(each: SealedColumn) -> Any:
    names = dict.fromkeys(("id", "sealed", each.plain, each.whose, each.row))
    return table(each.table, *(column(name) for name in names))
