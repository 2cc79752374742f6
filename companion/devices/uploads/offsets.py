"""How far a zone is from UTC, day by day; the days on which its clocks change need a closer look."""

from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.devices.uploads.moments import MICROSECOND, datetime_at

DAY = timedelta(days=1) // MICROSECOND


class Choice(NamedTuple):
    """The offsets that a wall-clock time may have, in microseconds: two when it came twice, else the same one."""

    first: int
    second: int
    is_skipped: bool

    @property
    def came_twice(self) -> bool:
        return self.first != self.second


class Offsets:
    """One zone's offsets; a day is looked up once."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.name = zone.key
        self._zone = zone
        self._days: dict[int, int | None] = {}

    def of_day(self, local: int) -> int | None:
        """The offset that holds all that day; None when the clocks change on it."""
        day = local // DAY
        if day not in self._days:
            offsets = {self._at(moment, fold) for moment in (day * DAY, (day + 1) * DAY) for fold in (0, 1)}
            self._days[day] = offsets.pop() if len(offsets) == 1 else None
        return self._days[day]

    def at(self, local: int) -> Choice:
        """The offset at a time, whatever the day. A time that the clock skipped has the offset before."""
        before, after = self._at(local, 0), self._at(local, 1)
        if before < after:
            return Choice(before, before, is_skipped=True)
        return Choice(before, after, is_skipped=False)

    def _at(self, local: int, fold: int) -> int:
        offset = datetime_at(local).replace(tzinfo=self._zone, fold=fold).utcoffset()
        assert offset is not None, "a zone knows its offset"
        return offset // MICROSECOND
