"""The schema back to an older revision: refused where rows, or what stands in their columns, would be lost.

What would be left is not guessed: the way down is gone in a transaction that is taken back, and what is not there at
its end is looked for in the database as it is.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from alembic import command
from sqlalchemy import ColumnClause, Connection, Engine, column, func, inspect, not_, select, table, text

from companion.db import READ_ONLY, partitions
from companion.errors import BadInput
from companion.migrations import config_for, downgrade

ITS_OWN = "alembic_version"


class _Left(NamedTuple):
    """A table at the end of the way down."""

    rows: int
    columns: frozenset[str]


class _Undone(Exception):
    """Takes the transaction back, and carries what was seen in it."""

    def __init__(self, left: Mapping[str, _Left]) -> None:
        super().__init__()
        self.left = left


def go_back(engine: Engine, revision: str, *, may_lose: bool = False) -> None:
    """Takes the schema back to that revision. Raises BadInput, and nothing was changed, where that would lose anything
    and may not. Nobody may write meanwhile."""
    if not may_lose and (lost := list(what_is_lost(engine, revision))):
        shown = f"{', '.join(lost[:3])}{f' and {len(lost) - 3} more' if len(lost) > 3 else ''}"
        advice = "the version before runs on this schema, too; to lose it all the same, make a backup and say --lose"
        raise BadInput(f"would lose {shown}", where=f"downgrade to {revision}", advice=advice)
    downgrade(engine, revision)


def what_is_lost(engine: Engine, revision: str) -> Iterator[str]:
    """What would not be there any more, in words with counts."""
    left = _left_at(engine, revision)
    with engine.connect() as connection:
        connection.execution_options(**{READ_ONLY: True})
        for name, columns in sorted(_columns(connection).items()):
            yield from _lost_of(connection, name, columns, left.get(name, _Left(0, frozenset())))


def _left_at(engine: Engine, revision: str) -> Mapping[str, _Left]:
    config = config_for(engine)
    config.attributes["before_commit"] = _look_and_undo
    try:
        command.downgrade(config, revision)
    except _Undone as undone:
        return undone.left
    raise AssertionError("the way down was taken back")


def _look_and_undo(connection: Connection) -> None:
    found = _columns(connection)
    raise _Undone({name: _Left(_count(connection, name), frozenset(each)) for name, each in found.items()})


def _lost_of(connection: Connection, name: str, columns: Mapping[str, str | None], left: _Left) -> Iterator[str]:
    if (rows := _count(connection, name)) > left.rows:
        yield f"{rows - left.rows} rows of {name}"
    if left.columns:
        for each in sorted(columns.keys() - left.columns):
            if n := _filled(connection, name, each, columns[each]):
                yield f"{each} in {n} rows of {name}"


def _count(connection: Connection, name: str) -> int:
    return connection.scalar(select(func.count()).select_from(table(name))) or 0


def _columns(connection: Connection) -> dict[str, dict[str, str | None]]:
    """The columns of each table, with what the database puts there by itself."""
    found = inspect(connection).get_multi_columns()
    others = {*partitions(connection), ITS_OWN}
    return {
        name: {each["name"]: each["default"] for each in columns}
        for (_, name), columns in found.items()
        if name not in others
    }


def _filled(connection: Connection, name: str, called: str, default: str | None) -> int:
    """How many rows say something in that column: neither nothing nor what the database puts there by itself."""
    said: ColumnClause[Any] = column(called)
    query = select(func.count()).select_from(table(name)).where(said.is_not(None))
    if default is not None:
        query = query.where(not_(said == text(f"({default})")))
    return connection.scalar(query) or 0
