"""Columns of what was measured, kept short: one thing that is said over and over, and values as whole numbers. Pure.

A sensor's ninety days are 26,000 values: whoever reads them all at once pays for each object. These columns are read as
any other sequence, and as the few numbers they are by those who know them.
"""

from array import array
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain, compress, repeat
from operator import eq
from typing import Literal, TypeVar, cast, overload

T = TypeVar("T")

INSTANT: Literal["q"] = "q"
NUMBER: Literal["I"] = "I"
"""How arrays keep milliseconds since 1970 UTC, and the numbers of `Scaled`: 64 and 32 bits."""
HIGHEST = 2**32 - 1


class Same(Sequence[T]):
    """One thing, said `n` times."""

    __slots__ = ("n", "said")

    def __init__(self, said: T, n: int) -> None:
        self.said, self.n = said, n

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[T]:
        return repeat(self.said, self.n)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> "Same[T]": ...
    def __getitem__(self, place: int | slice) -> "T | Same[T]":
        found = range(self.n)[place]
        return Same(self.said, len(found)) if isinstance(found, range) else self.said

    def __eq__(self, other: object) -> bool:
        return _is_alike(self, other)

    __hash__ = None  # type: ignore[assignment]

    def count(self, value: object) -> int:
        return self.n if value == self.said else 0


class Scaled(Sequence[Decimal]):
    """Values that all have `digits` after the point, as whole numbers of the last one: 7.8 is 78."""

    __slots__ = ("digits", "numbers")

    def __init__(self, numbers: "array[int]", digits: int) -> None:
        self.numbers, self.digits = numbers, digits

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[Decimal]:
        known = {number: self._read(number) for number in set(self.numbers)}
        return map(known.__getitem__, self.numbers)

    @overload
    def __getitem__(self, place: int) -> Decimal: ...
    @overload
    def __getitem__(self, place: slice) -> "Scaled": ...
    def __getitem__(self, place: int | slice) -> "Decimal | Scaled":
        if isinstance(place, slice):
            return Scaled(self.numbers[place], self.digits)
        return self._read(self.numbers[place])

    def __eq__(self, other: object) -> bool:
        return _is_alike(self, other)

    __hash__ = None  # type: ignore[assignment]

    def _read(self, number: int) -> Decimal:
        return Decimal(number).scaleb(-self.digits)


def _is_alike(column: Sequence[object], other: object) -> bool:
    return isinstance(other, Sequence) and len(column) == len(other) and all(map(eq, column, other))


def scaled(texts: Sequence[str | None]) -> Scaled | None:
    """The numbers that are written so. None where there is none, one is missing or below zero, or they differ in how
    many digits follow the point."""
    written = {text: _whole(text) for text in set(texts)}
    digits = {0 if text is None else len(text.partition(".")[2]) for text in written}
    if len(digits) != 1 or None in written.values():
        return None
    numbers = cast(dict[str | None, int], written)
    return Scaled(array(NUMBER, map(numbers.__getitem__, texts)), digits.pop())


def _whole(text: str | None) -> int | None:
    """7.8 → 78."""
    figures = (text or "").replace(".", "", 1)
    number = int(figures) if figures.isascii() and figures.isdecimal() else HIGHEST + 1
    return number if number <= HIGHEST else None


def joined(pieces: Sequence[Sequence[T]]) -> Sequence[T]:
    """One after the other, as short as they are."""
    held = [piece for piece in pieces if len(piece)]
    if len(held) < 2:
        return held[0] if held else []
    same = [piece for piece in held if isinstance(piece, Same)]
    if len(same) == len(held) and all(piece.said == same[0].said for piece in same):
        return Same(same[0].said, sum(map(len, same)))
    values = [piece for piece in held if isinstance(piece, Scaled)]
    if len(values) == len(held) and len({piece.digits for piece in values}) == 1:
        return cast(Sequence[T], Scaled(_in_one([piece.numbers for piece in values]), values[0].digits))
    arrays: list[array[int]] = [piece for piece in held if isinstance(piece, array)]
    if len(arrays) == len(held):
        return cast(Sequence[T], _in_one(arrays))
    return list(chain.from_iterable(held))


def _in_one(arrays: "Sequence[array[int]]") -> "array[int]":
    whole = arrays[0][:]
    for each in arrays[1:]:
        whole.extend(each)
    return whole


def picked(column: Sequence[T], is_wanted: Sequence[bool]) -> Sequence[T]:
    """Those that are wanted, as short as the column is."""
    if isinstance(column, Same):
        return Same(column.said, sum(is_wanted))
    if isinstance(column, Scaled):
        numbers = array(NUMBER, compress(column.numbers, is_wanted))
        return cast(Sequence[T], Scaled(numbers, column.digits))
    if isinstance(column, array):
        return cast(Sequence[T], array(INSTANT, compress(column, is_wanted)))
    return list(compress(column, is_wanted))


def different(column: Sequence[T]) -> set[T]:
    """What the column says, each once."""
    if isinstance(column, Same):
        return {column.said} if column.n else set()
    return set(column)
