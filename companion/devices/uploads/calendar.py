"""The days and the times of day that a file's texts name in one zone, each worked out once.

A file repeats its few thousand days and times of day in hundreds of thousands of rows; two look-ups are twenty
times as fast as reading the text.
"""

import re

from companion.devices.uploads.moments import Moment
from companion.devices.uploads.offsets import DAY, Offsets

DATE_WIDTH = 10
"""Letters of a date with day, month and year in full, before its `T` or blank."""

_DATE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}")
_CLOCK = re.compile(r"[T ][ 0-9:.,APMZ+-]*")
_MOST_REMEMBERED = 50_000


class Calendar:
    """`days`: where the day of that text starts, and the zone's offset from UTC if it holds all day. `clocks`: how
    far into the day that text is, and the offset from UTC that it states itself. All in microseconds."""

    def __init__(self, offsets: Offsets | None) -> None:
        self.offsets = offsets
        self.days: dict[str, tuple[int, int | None]] = {}
        self.clocks: dict[str, tuple[int, int | None]] = {}

    def find(self, text: str) -> Moment | None:
        """The moment, if its day and its time of day are known."""
        day, clock = self.days.get(text[:DATE_WIDTH]), self.clocks.get(text[DATE_WIDTH:])
        return Moment(day[0] + clock[0], clock[1]) if day and clock else None

    def remember(self, text: str, moment: Moment) -> None:
        """What the text means, if that is the sum of its date and its time of day."""
        date, clock = text[:DATE_WIDTH], text[DATE_WIDTH:]
        if _DATE.fullmatch(date) is None or _CLOCK.fullmatch(clock) is None:
            return
        if len(self.clocks) >= _MOST_REMEMBERED:
            self.clocks.clear()
        start = moment.local - moment.local % DAY
        self.add_day(date, start)
        self.clocks[clock] = moment.local - start, moment.offset

    def add_day(self, date: str, start: int) -> None:
        """The day of that text begins there."""
        if len(self.days) >= _MOST_REMEMBERED:
            self.days.clear()
        self.days[date] = start, self.offsets.of_day(start) if self.offsets else None
