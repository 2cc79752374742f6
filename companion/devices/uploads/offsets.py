"""How far the clocks of a zone are from UTC, day by day; the days on which they change need a closer look.

All times are whole microseconds, those on the wall clock counted as in `moments`.
"""

from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.devices.uploads.moments import MICROSECOND, datetime_at

DAY = timedelta(days=1) // MICROSECOND


class Choice(NamedTuple):
    """The offsets that a wall-clock time may have: two when it came twice, else the same one."""

    first: int
    second: int
    is_skipped: bool

    @property
    def came_twice(self) -> bool:
        return self.first != self.second


class Offsets:
    """One zone's offsets; a midnight is looked up once."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.name = zone.key
        self._zone = zone
        self._midnights: dict[int, tuple[int, int]] = {}

    def of_day(self, local: int) -> int | None:
        """The offset that holds all that day; None when the clocks change on it."""
        day = local // DAY
        offsets = {*self._at_midnight(day), *self._at_midnight(day + 1)}
        return offsets.pop() if len(offsets) == 1 else None

    def at(self, local: int) -> Choice:
        """The offset at a time. A time that the clock skipped has the offset before."""
        day = self.of_day(local)
        before, after = (day, day) if day is not None else self._around(local)
        if before < after:
            return Choice(before, before, is_skipped=True)
        return Choice(before, after, is_skipped=False)

    def _at_midnight(self, day: int) -> tuple[int, int]:
        if day not in self._midnights:
            self._midnights[day] = self._around(day * DAY)
        return self._midnights[day]

    def _around(self, local: int) -> tuple[int, int]:
        """The offsets of the earlier and the later reading of a wall-clock time."""
        earlier = datetime_at(local).replace(tzinfo=self._zone)
        before, after = earlier.utcoffset(), earlier.replace(fold=1).utcoffset()
        assert before is not None, "a zone knows its offset"
        assert after is not None, "a zone knows its offset"
        return before // MICROSECOND, after // MICROSECOND
