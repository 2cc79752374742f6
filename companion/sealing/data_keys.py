"""The keys of people, wrapped: one each, made when something of theirs is sealed, destroyed when they are erased; and
one of the house, which is nobody's and stays."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, ForeignKey, LargeBinary, String, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, rows_changed
from companion.sealing.master import Wrapped

HOUSE = "0" * 16
"""The id of the key by which values are found again that are sealed (`companion.sealing.blind`)."""


class DataKey(Base):
    """A key of one person, or of the house. `id`: 16 hexadecimal digits, random, as what is sealed under it names it.

    Destroyed, it has no `wrapped` any more: nobody can open what is left of the person's values, and nothing can be
    sealed for them again.
    """

    __tablename__ = "data_key"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), unique=True)
    """None: the house's."""
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    master: Mapped[str] = mapped_column(String(120), index=True)
    """The master key that wraps it, by its id: a file's, or a version in a key management service."""
    made_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]


class KeyRow(NamedTuple):
    """A key as it is kept; `wrapped` is None once it was destroyed."""

    id: str
    wrapped: Wrapped | None


_keys: Any = DataKey.__table__
_WHAT = _keys.c.id, _keys.c.master, _keys.c.wrapped


def key_of(connection: Connection, person_id: int) -> KeyRow | None:
    """The person's key; None while nothing of theirs was sealed. Who destroys it waits until the transaction ends, and
    so finds what was sealed in it."""
    query = select(*_WHAT).where(_keys.c.person_id == person_id).with_for_update(read=True)
    row = connection.execute(query).one_or_none()
    return None if row is None else _row(*row)


def house_key(connection: Connection) -> KeyRow | None:
    """The key of the house; None before the first value that is to be found again was sealed."""
    row = connection.execute(select(*_WHAT).where(_keys.c.id == HOUSE)).one_or_none()
    return None if row is None else _row(*row)


def keys_with(connection: Connection, ids: set[str]) -> dict[str, Wrapped]:
    """Those of them that there are."""
    rows = [_row(*row) for row in connection.execute(select(*_WHAT).where(_keys.c.id.in_(ids)))]
    return {row.id: row.wrapped for row in rows if row.wrapped is not None}


def block_from(connection: Connection, key_id: str, at_most: int) -> list[KeyRow]:
    """That key, if there is one, and those of the people who came after."""
    whose = select(_keys.c.person_id).where(_keys.c.id == key_id).scalar_subquery()
    query = select(*_WHAT).where(_keys.c.person_id >= whose).order_by(_keys.c.person_id).limit(at_most)
    return [_row(*row) for row in connection.execute(query)]


def add(connection: Connection, key_id: str, wrapped: Wrapped, person_id: int | None, now: datetime) -> None:
    """The person's key from now on, or the house's, unless there is one."""
    said = {"id": key_id, "wrapped": wrapped.key, "master": wrapped.master}
    new = _insert(connection)(_keys).values(person_id=person_id, made_at=now, **said)
    connection.execute(new.on_conflict_do_nothing())


def take_turn(connection: Connection) -> None:
    """Until the transaction ends nobody else adds a key. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE data_key IN SHARE ROW EXCLUSIVE MODE"))


def any_master(connection: Connection) -> str | None:
    """The master key of some key; None where none is wrapped."""
    found: str | None = connection.scalar(select(_keys.c.master).where(_keys.c.wrapped.is_not(None)).limit(1))
    return found


def wrapped_by(connection: Connection) -> dict[str, int]:
    """How many keys each master key wraps."""
    query = select(_keys.c.master, func.count()).where(_keys.c.wrapped.is_not(None)).group_by(_keys.c.master)
    return {row.master: row[1] for row in connection.execute(query)}


def not_under(connection: Connection, master: str, at_most: int) -> list[KeyRow]:
    """Keys that another master key wraps."""
    others = _keys.c.master != master, _keys.c.wrapped.is_not(None)
    return [_row(*row) for row in connection.execute(select(*_WHAT).where(*others).limit(at_most))]


def wrap_anew(connection: Connection, key_id: str, wrapped: Wrapped) -> None:
    """A key that was destroyed meanwhile stays so."""
    there = _keys.c.id == key_id, _keys.c.wrapped.is_not(None)
    connection.execute(update(_keys).where(*there).values(wrapped=wrapped.key, master=wrapped.master))


def destroy(connection: Connection, person_id: int, now: datetime) -> bool:
    """The person's key is gone, and with it what it sealed, wherever that still lies. False: there was none to go."""
    there = _keys.c.person_id == person_id, _keys.c.wrapped.is_not(None)
    return rows_changed(connection.execute(update(_keys).where(*there).values(wrapped=None, destroyed_at=now))) > 0


def is_destroyed(connection: Connection, person_id: int) -> bool:
    """Whether there was a key, and it is gone."""
    row = key_of(connection, person_id)
    return row is not None and row.wrapped is None


def _insert(connection: Connection) -> Any:
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert


def _row(key_id: str, master: str, wrapped: bytes | None) -> KeyRow:
    return KeyRow(key_id, None if wrapped is None else Wrapped(master, bytes(wrapped)))
