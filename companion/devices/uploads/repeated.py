"""The hour that an autumn night repeats: which of its two passes a value belongs to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from companion.devices.uploads.offsets import DAY, Choice
from companion.devices.uploads.streams import Stream


class Repeated(NamedTuple):
    """A value at a wall-clock time that came twice.

    `place` counts the values of its stream, so that neighbours are known; `value` is its entry's number;
    `is_second` is what the transmitter's own count tells, None where there is none.
    """

    stream: Stream
    place: int
    local: int
    choice: Choice
    value: int
    is_second: bool | None = None

    def utc(self, is_second: bool) -> int:
        return self.local - (self.choice.second if is_second else self.choice.first)


class Placed(NamedTuple):
    """`utc` in microseconds; `occurrence` is 2 where the first pass holds the same value at the same time."""

    utc: int
    occurrence: int


def place_repeated(values: Sequence[Repeated]) -> list[Placed]:
    """The instant of each. Where no transmitter tells, a value belongs to the first pass until the values of its
    stream go back in time within the hour; from there on to the second. A file may list the newest first."""
    decided = dict(_passes(values))
    instants = [value.utc(decided[index]) for index, value in enumerate(values)]
    same: dict[tuple[int, int], set[int]] = defaultdict(set)
    for value, utc in zip(values, instants, strict=True):
        same[_record(value)].add(utc)
    return [
        Placed(utc, sorted(same[_record(value)]).index(utc) + 1) for value, utc in zip(values, instants, strict=True)
    ]


def _record(value: Repeated) -> tuple[int, int]:
    return value.value, value.local


def _passes(values: Sequence[Repeated]) -> Iterator[tuple[int, bool]]:
    streams: dict[int, list[int]] = defaultdict(list)
    for index, value in enumerate(values):
        streams[id(value.stream)].append(index)
    for indices in streams.values():
        for run in _runs(indices, values):
            is_newest_first = values[run[0]].stream.course.is_newest_first
            yield from _passes_of_run(run[::-1] if is_newest_first else run, values)


def _runs(indices: Iterable[int], values: Sequence[Repeated]) -> Iterator[list[int]]:
    """Values of a stream without another one in between."""
    for _, run in groupby(enumerate(indices), key=lambda pair: values[pair[1]].place - pair[0]):
        yield [index for _, index in run]


def _passes_of_run(run: Sequence[int], values: Sequence[Repeated]) -> Iterator[tuple[int, bool]]:
    """From the oldest to the newest value of one night."""
    previous, is_second = values[run[0]].local, False
    for index in run:
        value = values[index]
        is_same_night = abs(value.local - previous) < DAY
        is_second = is_same_night and (is_second or value.local < previous)
        if value.is_second is not None:
            is_second = value.is_second
        previous = value.local
        yield index, is_second
