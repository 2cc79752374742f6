"""The days and the times of day that a file's texts name in one zone, each worked out once.

A file repeats its few thousand days and times of day in hundreds of thousands of rows; two look-ups are twenty
times as fast as reading the text.
"""

import re
from collections.abc import Callable

from companion.devices.uploads.moments import Moment
from companion.devices.uploads.offsets import DAY, Offsets

DATE_WIDTH = 10
"""Letters of a date with day, month and year in full, before its `T` or blank."""

_DATE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}")
_CLOCK = re.compile(r"[T ][ 0-9:.,APMZ+-]*")
_MOST_REMEMBERED = 50_000


class EvenDays(dict[str, tuple[int, int]]):
    """The days that one offset from UTC holds from midnight to midnight: the text of the date → where the day starts on
    the wall clock, and in UTC, in microseconds.

    A date that is not here yet is read by `midnight_of`; any that is no such day is a KeyError.
    """

    def __init__(self, offsets: Offsets | None, midnight_of: Callable[[str], int | None]) -> None:
        super().__init__()
        self._offsets = offsets
        self._midnight_of = midnight_of
        self._others: set[str] = set()

    def __missing__(self, date: str) -> tuple[int, int]:
        if self._offsets is None or date in self._others:
            raise KeyError(date)
        if len(self) + len(self._others) >= _MOST_REMEMBERED:
            self.clear()
            self._others.clear()
        start = self._midnight_of(date)
        offset = None if start is None else self._offsets.of_day(start)
        if start is None or offset is None:
            self._others.add(date)
            raise KeyError(date)
        self[date] = start, start - offset
        return self[date]


class Calendar:
    """What is known of one zone, in microseconds. `plain_clocks`: how far into the day a time of day is that leaves
    its offset from UTC to the zone, by its text."""

    def __init__(self, offsets: Offsets | None, midnight_of: Callable[[str], int | None]) -> None:
        self.offsets = offsets
        self.even_days = EvenDays(offsets, midnight_of)
        self.plain_clocks: dict[str, int] = {}
        self._days: dict[str, int] = {}
        self._clocks: dict[str, tuple[int, int | None]] = {}

    def find(self, text: str) -> Moment | None:
        """The moment, if its day and its time of day are known."""
        start, clock = self._days.get(text[:DATE_WIDTH]), self._clocks.get(text[DATE_WIDTH:])
        return Moment(start + clock[0], clock[1]) if start is not None and clock else None

    def remember(self, text: str, moment: Moment) -> None:
        """What the text means, if that is the sum of its date and its time of day."""
        date, clock = text[:DATE_WIDTH], text[DATE_WIDTH:]
        if _DATE.fullmatch(date) is None or _CLOCK.fullmatch(clock) is None:
            return
        self._make_room()
        start = moment.local - moment.local % DAY
        self._days[date] = start
        self._clocks[clock] = moment.local - start, moment.offset
        if moment.offset is None:
            self.plain_clocks[clock] = moment.local - start

    def _make_room(self) -> None:
        if max(len(self._days), len(self._clocks)) >= _MOST_REMEMBERED:
            self._days.clear()
            self._clocks.clear()
            self.plain_clocks.clear()
