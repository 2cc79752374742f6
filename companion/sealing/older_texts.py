"""Texts from before their column was sealed (`companion.sealing.texts`) are sealed where they stand, some at a time."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Text, and_, func, literal_column, select, text, type_coerce, update

from companion.clock import Clock
from companion.db import Base, erasing, looking
from companion.sealing.data_keys import DataKey
from companion.sealing.texts import MARK, SealedText, sealed_values

AT_ONCE = 200
"""Rows of one transaction: on SQLite others wait for it."""
_ERASED = text("(SELECT person.id FROM person JOIN erasure ON erasure.patient = person.public_id)")
"""What is left of somebody who was erased is our own words; nothing more is sealed for them."""


def sealed_columns() -> Iterator[Any]:
    """Of all models that are imported."""
    for table in Base.metadata.sorted_tables:
        yield from (column for column in table.columns if isinstance(column.type, SealedText))


def _changeable() -> Iterator[Any]:
    return (column for column in sealed_columns() if not column.type.is_history)


def count(connection: Connection) -> dict[str, int]:
    """How many texts are not sealed yet, by "table.column"."""
    return {column.type.about: _count(connection, column) for column in _changeable()}


def steps(engine: Engine, clock: Clock) -> Iterator[int]:
    """Seals them, step by step; gives how many each step sealed."""
    for column in _changeable():
        with looking(engine) as connection:
            is_clean = _count(connection, column) == 0
        after: Any = None
        while not is_clean:
            with erasing(engine) as connection:  # SQLite writes zeros over what stood there
                sealed, after = _seal_some(connection, column, after, clock())
            is_clean = after is None
            yield sealed


def _seal_some(connection: Connection, column: Any, after: Any, now: datetime) -> tuple[int, Any]:
    """How many, and the first part of the last one's key; None when there are no more. Rows are held while they are
    sealed: a second process that does the same waits, and finds them done."""
    raw, keys = _raw(column), list(column.table.primary_key)
    query = select(*keys, raw, _whose(column)).where(_is_clear(column)).order_by(*keys).limit(AT_ONCE)
    if after is not None:
        query = query.where(keys[0] >= after)
    found = connection.execute(query.with_for_update(of=column.table)).all()
    for *key, said, person_id in found:
        here = [part == value for part, value in zip(keys, key, strict=True)]
        new = sealed_values(connection, person_id, column, said, now)
        connection.execute(update(column.table).where(*here, raw == said).values(new))
    return len(found), found[-1][0] if len(found) == AT_ONCE else None


def _count(connection: Connection, column: Any) -> int:
    query = select(func.count()).select_from(column.table).where(_is_clear(column))
    return connection.scalar(query) or 0


def _is_clear(column: Any) -> Any:
    """What is nobody's stays as it is."""
    raw, whose = _raw(column), _whose(column)
    destroyed = select(DataKey.person_id).where(DataKey.wrapped.is_(None))
    is_plain = and_(raw != "", func.substr(raw, 1, len(MARK)) != MARK)
    return and_(is_plain, whose.is_not(None), whose.not_in(destroyed), whose.not_in(_ERASED))


def _whose(column: Any) -> Any:
    return literal_column(column.type.whose)


def _raw(column: Any) -> Any:
    """What is kept, without the type that opens it."""
    return type_coerce(column, Text)
