"""One TOML table being read: every key once, of one type, and nothing left over. Pure."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar, cast

from companion.errors import BadInput

T = TypeVar("T")

_IN_WORDS = {str: "text", int: "a whole number", bool: "true or false", dict: "a table", list: "a list"}


class Table:
    """Refuses with BadInput at `where` (`file:line`) what is missing, of another type, or unknown."""

    def __init__(self, values: Any, where: str) -> None:
        if not isinstance(values, dict):
            raise self._at(where, "is not a table")
        self.values = dict(values)
        self.where = where

    def take(self, key: str, kind: type, default: Any = ...) -> Any:
        value = self.values.pop(key, default)
        if value is ...:
            raise self.refusal(f"{key} is missing")
        # A bool is an int to Python, never to a protocol.
        if value is not default and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
            raise self.refusal(f"{key} is not {_IN_WORDS[kind]}")
        return value

    def text(self, key: str) -> str:
        value = self.take(key, str)
        if not value.strip():
            raise self.refusal(f"{key} is empty")
        return cast(str, value)

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if key in self.values else None

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in choices:
            raise self.refusal(f"{key} is {value!r}, not one of {', '.join(choices)}")
        return value

    def optional_choice(self, key: str, choices: tuple[str, ...]) -> str | None:
        return self.choice(key, choices) if key in self.values else None

    def texts(self, key: str) -> tuple[str, ...]:
        names = tuple(self.take(key, list))
        if not names or not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
            raise self.refusal(f"{key} is not a list of different names")
        return names

    def flag(self, key: str) -> bool:
        return bool(self.take(key, bool, False))

    def count(self, key: str, default: Any = ...) -> int:
        value = self.take(key, int, default)
        if value is not default and value < 1:
            raise self.refusal(f"{key} is not above zero")
        return cast(int, value)

    def number(self, key: str) -> Decimal:
        return self._number(key, self.values.pop(key, None))

    def optional_number(self, key: str) -> Decimal | None:
        return self.number(key) if key in self.values else None

    def numbers(self, key: str) -> tuple[Decimal, ...]:
        """A list of ascending numbers."""
        found = tuple(self._number(key, value) for value in self.take(key, list))
        if not found or list(found) != sorted(set(found)):
            raise self.refusal(f"{key} is not a list of ascending numbers")
        return found

    def close(self) -> None:
        if self.values:
            raise self.refusal(f"unknown key {', '.join(sorted(self.values))}")

    def refusal(self, what: str) -> BadInput:
        return self._at(self.where, what)

    @staticmethod
    def _at(where: str, what: str) -> BadInput:
        return BadInput(what, where=where)

    def _number(self, key: str, value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 < value < 1_000_000:
            raise self.refusal(f"{key} is not a number above zero")
        return Decimal(value)


def read(reader: Callable[[Table], T], table: Table) -> T:
    """What `reader` makes of the table, which must then be empty."""
    value = reader(table)
    table.close()
    return value
