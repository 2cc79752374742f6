"""Parts of what ascends in time: found by halving, for most of it is older than what is asked for. Pure."""

from bisect import bisect_right
from datetime import datetime
from operator import attrgetter
from typing import Protocol, TypeVar


class Timed(Protocol):
    @property
    def at(self) -> datetime: ...


T = TypeVar("T", bound=Timed)

AT = attrgetter("at")


def after(ascending: tuple[T, ...], start: datetime) -> tuple[T, ...]:
    """Those later than `start`."""
    return ascending[bisect_right(ascending, start, key=AT) :]


def until(ascending: tuple[T, ...], end: datetime) -> tuple[T, ...]:
    """Those no later than `end`."""
    return ascending[: bisect_right(ascending, end, key=AT)]
