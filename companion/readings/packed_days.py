"""The values of one day as one small piece: ninety days of a sensor are read as ninety rows, not as 26,000. Pure.

A piece begins with a line of JSON: how many values, and what is said in each column. Numbers follow, little-endian: the
instants (64 bits), and for every column that says more than one thing which of them each value says (32 bits). Where
all values have as many digits after the point, the line says how many, and their numbers are in units of the last one.
"""

import json
import sys
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from companion.readings.columns import INSTANT, NUMBER, Same, Scaled, scaled
from companion.readings.reading import Kind, Limit, Meal
from companion.readings.values import Values

DAY_MS = 24 * 60 * 60 * 1000
PACKED_FROM, PACKED_FROM_A_DAY = 1000, 48
"""So many values are worth a transaction that packs them: four days of a sensor, and never a meter's. Ours."""
PACKED_AT_ONCE = 92
"""So many days at most: who writes meanwhile on SQLite waits a quarter of a second for them."""


class Stretch(NamedTuple):
    """Milliseconds since 1970 UTC: from `start` on, and before `end`."""

    start: int
    end: int

    @property
    def days(self) -> range:
        """The numbers of the days of UTC that lie in it as a whole, counted from 1970 on."""
        return range(-(-self.start // DAY_MS), self.end // DAY_MS)

    @property
    def touched(self) -> range:
        """The numbers of the days of which it has any part."""
        return range(self.start // DAY_MS, -(-self.end // DAY_MS))


def stretches_between(span: Stretch, days: Collection[int]) -> list[Stretch]:
    """What is left of the span without these days, oldest first."""
    ends = [span.start, *(at for day in sorted(days) for at in (day * DAY_MS, (day + 1) * DAY_MS)), span.end]
    pairs = (Stretch(start, end) for start, end in list(pairwise(ends))[::2])
    return [stretch for stretch in pairs if stretch.start < stretch.end]


def days_worth_packing(stretch: Stretch, values: Values) -> range:
    """The whole days of the stretch from that of its first value to that of its last, the oldest; none where the values
    are few."""
    if len(values) < PACKED_FROM:
        return range(0)
    first, last = (at // DAY_MS for at in (values.taken_at_ms[0], values.taken_at_ms[-1]))
    days = range(max(first, stretch.days.start), min(last + 1, stretch.days.stop))
    return days[:PACKED_AT_ONCE] if len(values) >= PACKED_FROM_A_DAY * len(days) else range(0)


def joined(span: Stretch, kept: Mapping[int, Values], read: Mapping[Stretch, Values]) -> Values:
    """The values of the span, some of them kept by day, the others read."""
    pieces = {Stretch(day * DAY_MS, (day + 1) * DAY_MS): values for day, values in kept.items()} | dict(read)
    found = Values.joined([pieces[stretch] for stretch in sorted(pieces)])
    return found.within(*span) if kept else found


def by_day(values: Values, days: range) -> dict[int, Values]:
    """The values of each of these days; of a day that has none, none."""
    return {day: values.within(day * DAY_MS, (day + 1) * DAY_MS) for day in days}


def packed(values: Values) -> bytes:
    """The values as a piece."""
    texts = [None if value is None else format(value, "f") for value in values.value]
    value = scaled(texts)
    columns = texts if value is None else value, values.unit, values.kind, values.limit, values.meal
    told, numbers = zip(*map(_told, columns), strict=True)
    header = json.dumps([len(values), *told])
    return b"\n".join([header.encode(), b"".join(map(_bytes, [array(INSTANT, values.taken_at_ms), *numbers]))])


def _told(column: Sequence[Any]) -> tuple[Any, "array[int]"]:
    """What the column says, and the numbers that tell which of it each value says."""
    if isinstance(column, Scaled):
        return column.digits, column.numbers
    said = list(dict.fromkeys(column))
    places = {each: place for place, each in enumerate(said)}
    return said, array(NUMBER, map(places.__getitem__, column) if len(said) > 1 else ())


def unpacked(piece: bytes) -> Values:
    """The values of a piece, as they were given to `packed`."""
    header, _, rest = piece.partition(b"\n")
    n, *told = json.loads(header)
    return Values(*_columns(n, told, rest)) if n else Values.of([])


def _columns(n: int, told: Sequence[Any], rest: bytes) -> Iterator[Sequence[Any]]:
    instants = 8 * n
    yield _numbers(INSTANT, rest[:instants])
    places = iter(range(instants, len(rest), 4 * n))
    for read, said in zip(_READ, told, strict=True):
        if isinstance(said, list) and len(said) == 1:
            yield Same(_thing(read, said[0]), n)
            continue
        start = next(places)
        numbers = _numbers(NUMBER, rest[start : start + 4 * n])
        if isinstance(said, int):
            yield Scaled(numbers, said)
        else:
            yield list(map([_thing(read, each) for each in said].__getitem__, numbers))


def _thing(read: Callable[[str], Any], text: str | None) -> Any:
    return None if text is None else read(text)


def _numbers(code: Literal["q", "I"], content: bytes) -> "array[int]":
    found = array(code)
    found.frombytes(content)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def _bytes(numbers: "array[int]") -> bytes:
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


@lru_cache(maxsize=4096)
def _decimal(digits: str) -> Decimal:
    """A sensor says a few hundred different values."""
    return Decimal(digits)


_READ: tuple[Callable[[str], Any], ...] = _decimal, str, Kind, Limit, Meal
"""What is said in each column, from its text."""
