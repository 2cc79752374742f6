"""Readings as lines that any store gives alike, and back: how those in an InfluxDB are backed up. Pure."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from companion.clock import from_ms
from companion.errors import BadInput
from companion.readings.digest import canonical
from companion.readings.reading import Kind, Limit, Meal, Metric, Reading

LINES_A_BLOCK = 1000


def blocks(readings: Iterable[Reading]) -> Iterator[bytes]:
    """Some of the lines at a time, each as `readings.digest` makes it."""
    some: list[bytes] = []
    for reading in readings:
        some.append(canonical(reading))
        if len(some) == LINES_A_BLOCK:
            yield b"".join(some)
            some.clear()
    yield b"".join(some)


def readings(lines: Iterable[bytes]) -> Iterator[Reading]:
    """What the lines tell. Raises BadInput, with its number, for one that tells no reading."""
    for number, line in enumerate(lines, 1):
        try:
            values = json.loads(line)
            yield Reading(*(read(value) for read, value in zip(_READ, values, strict=True)))
        except (ValueError, TypeError, ArithmeticError):
            raise BadInput("is no reading", where=f"readings, line {number}", advice="take another backup") from None


def _as_it_is(value: Any) -> Any:
    return value


def _or_none(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


_READERS: dict[Any, Callable[[Any], Any]] = {
    str: _as_it_is,
    int: _as_it_is,
    bytes: bytes.fromhex,
    datetime: from_ms,
    Metric: Metric,
    Kind: Kind,
    Decimal | None: _or_none(Decimal),
    Limit | None: _or_none(Limit),
    Meal | None: _or_none(Meal),
}
_READ = [_READERS[kind] for kind in Reading.__annotations__.values()]
"""How each field comes back, in the order of `Reading`."""
