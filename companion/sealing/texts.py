"""Columns of text that are sealed where they are kept, and read as if they were not.

    note: Mapped[str | None] = mapped_column(SealedText("dose.note", whose="patient_id"))
    dose.note = seal_text(session, dose.patient_id, Dose.note, said, now)

Kept is MARK, which nobody types, and the sealed value in base64: format, key id, nonce, ciphertext, tag. A text without
the mark is from before, and is read as it is until `older_texts` has sealed it. Under a destroyed key it says ERASED.

The type knows its column, and no row: a text that somebody moves to another row of that column opens there. What must
notice that has a column of its own (`companion.sealing.columns`).
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn, Protocol, overload

from sqlalchemy import ColumnElement, Connection, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine

from companion.sealing import blind
from companion.sealing.cipher import key_id_of, seal, unseal
from companion.sealing.keyring import Opener, opener_of, ring_of

MARK = "\x1fs1:"
ERASED = "erased"
"""As what erasing leaves of a name."""
REMEMBERED = 16_384
"""Texts in memory, of columns that are listed: as many as keys (`companion.sealing.keyring`)."""
_ALLOWED = (operators.is_, operators.is_not)


class Sealed(str):
    """A text on its way into such a column: it reads as what it says, and `stored` is what is kept of it."""

    about: str
    stored: str

    def __new__(cls, text: str, about: str, stored: str) -> "Sealed":
        made = super().__new__(cls, text)
        made.about, made.stored = about, stored
        return made


class Found(NamedTuple):
    """By which column of the same table a sealed value is found again (`companion.sealing.blind`): by what part of the
    value, None where that value has no such part."""

    column: str
    part: Callable[[str], str | None] = str


class SealedText(TypeDecorator[str]):
    """A sealed text. `about`: "table.column". `whose`: SQL in that table for the id of the person whose it is. `by`:
    how it is found again. `was`: how long it was before it was sealed; SQLite, which bounds no text, is left to say
    so, because another word in its schema would rebuild the table. `is_history`: the database lets no row of the table
    change, so what is from before there was sealing stays as it is. `is_listed`: a page asks for a thousand of them to
    sort them, so what one said is remembered by its sealed form, which says nothing else as long as there is its key.

    It takes what `seal_text` made for this column, an empty text, or None, and raises TypeError for everything else: so
    no writer is forgotten, and nothing compares with it in SQL.
    """

    impl = Text
    cache_ok = True

    class Comparator(TypeDecorator.Comparator[str]):
        def operate(self, op: Any, *other: Any, **more: Any) -> Any:
            if op not in _ALLOWED and not any(each is None or _is_column(op, each) for each in other):
                _refuse(getattr(self.expr, "name", "this"))
            return super().operate(op, *other, **more)

        def reverse_operate(self, op: Any, other: Any, **kwargs: Any) -> NoReturn:
            _refuse(getattr(self.expr, "name", "this"))

    comparator_factory = Comparator

    def __init__(
        self,
        about: str,
        whose: str = "person_id",
        by: tuple[Found, ...] = (),
        was: int | None = None,
        is_history: bool = False,
        is_listed: bool = False,
    ) -> None:
        super().__init__()
        self.about, self.whose, self.by, self.was = about, whose, by, was
        self.is_history, self.is_listed = is_history, is_listed

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        is_left = self.was is not None and dialect.name == "sqlite"
        return String(self.was) if is_left else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or value == "":
            return value
        if not isinstance(value, Sealed) or value.about != self.about:
            raise TypeError(f"{self.about} takes what seal_text made for it")  # and no word of what it says
        return value.stored

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or not value.startswith(MARK):
            return value
        opener = opener_of(dialect)
        if not self.is_listed:
            return _opened(value, self.about, opener).text
        key_id, text = _remembered(value, self.about, opener)
        return text if opener.has(key_id) else ERASED


class _Column(Protocol):
    """An attribute of a model, or a column of a table, of the type above."""

    @property
    def type(self) -> Any: ...
    @property
    def key(self) -> Any: ...


@overload
def seal_text(where: Connection | Session, person_id: int, column: _Column, text: str, now: datetime) -> Sealed: ...
@overload
def seal_text(where: Connection | Session, person_id: int, column: _Column, text: None, now: datetime) -> None: ...
@overload
def seal_text(
    where: Connection | Session, person_id: int, column: _Column, text: str | None, now: datetime
) -> Sealed | None: ...
def seal_text(
    where: Connection | Session, person_id: int, column: _Column, text: str | None, now: datetime
) -> Sealed | None:
    """That person's text for that column. The person is in the database already. Raises as `KeyRing.to_seal` does."""
    if text is None:
        return None
    about: str = column.type.about
    if text == "":
        return Sealed("", about, "")
    connection = where.connection() if isinstance(where, Session) else where
    key_id, key = ring_of(connection).to_seal(connection, person_id, now)
    return Sealed(text, about, stored(key, key_id, text, about))


def sealed_values(
    where: Connection | Session, person_id: int, column: _Column, text: str, now: datetime
) -> dict[str, str | None]:
    """The same for a column that is found again: its value, and what stands in the columns by which it is found."""
    table = column.type.about.partition(".")[0]
    by = {each.column: (each.part(text), f"{table}.{each.column}") for each in column.type.by}
    found = {name: blind.to_keep(where, about, part, now) for name, (part, about) in by.items()}
    return {str(column.key): seal_text(where, person_id, column, text, now)} | found


def told_in(text: str) -> dict[str, Any]:
    """What a sealed text says that is JSON; nothing where it is empty, or its key was destroyed."""
    said: dict[str, Any] = {} if text in ("", ERASED) else json.loads(text)
    return said


def stored(key: bytes, key_id: bytes, text: str, about: str) -> str:
    """What is kept of it."""
    return MARK + b64encode(seal(key, key_id, text.encode(), about.encode())).decode()


class _Opened(NamedTuple):
    """What a sealed text says, and by which key it opened."""

    key_id: bytes
    text: str


def _opened(value: str, about: str, opener: Opener) -> _Opened:
    sealed = b64decode(value[len(MARK) :])
    key_id = key_id_of(sealed)
    key = opener.key(key_id)
    return _Opened(key_id, ERASED if key is None else unseal(key, sealed, about.encode()).decode())


_remembered = lru_cache(REMEMBERED)(_opened)


def _is_column(op: Any, other: Any) -> bool:
    """SQLAlchemy itself asks so, of the columns of an UPDATE, whether two are one."""
    return op is operators.eq and isinstance(other, ColumnElement)


def _refuse(name: str) -> NoReturn:
    raise TypeError(f"{name} is sealed: it cannot be compared in SQL; see docs/security/data-at-rest.md")
