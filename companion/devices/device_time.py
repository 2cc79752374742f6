"""From a device's own time to the instant a record was taken."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

from companion.clock import EPOCH, MILLISECOND, to_ms
from companion.devices.wire import DecodeError

TRUSTED_DRIFT = timedelta(minutes=10)
"""A clock this close to the patient's wall clock is taken for that wall clock, and only corrected by its drift.
Beyond it the clock counts elapsed time but says nothing about the wall (web.md, page 2: shown from 10 minutes)."""


class NotAReading(DecodeError):
    """Well-formed, and yet nothing that belongs among a patient's readings."""


class ClockReading(NamedTuple):
    """What the device's clock showed (naive, the device's own wall time), and when it was read (aware UTC)."""

    device_time: datetime
    read_at: datetime


_EPOCH = EPOCH.replace(tzinfo=None)
_FIRST_MS, _LAST_MS = (to_ms(end.replace(tzinfo=UTC)) for end in (datetime.min, datetime.max))  # noqa: DTZ901


class Dates(NamedTuple):
    """When the records of one session were taken, in columns: milliseconds since 1970 UTC, the seconds that were
    added to the device's time, and what a doctor should know about it. `undatable` tells by place which records
    nobody can date; their columns hold anything."""

    taken_at_ms: Sequence[int]
    clock_offset_s: Sequence[int]
    flags: Sequence[str]
    undatable: Mapping[int, NotAReading]


class Dating:
    """Turns the device's wall times into instants, by one reading of its clock."""

    def __init__(self, clock: ClockReading | None, zone: ZoneInfo) -> None:
        self._clock, self._ahead = clock, cast("Callable[[datetime], timedelta]", zone.utcoffset)
        self.drift = timedelta(0)
        if clock:
            wall = clock.read_at.astimezone(zone).replace(tzinfo=None)
            self.drift = clock.device_time - wall
        self.offset_s = -int(self.drift.total_seconds())
        self._has_wrong_clock = abs(self.drift) > TRUSTED_DRIFT
        self.flag = "clock_unknown" if clock is None else "clock_wrong" if self._has_wrong_clock else ""

    def dates(self, device_times: Sequence[datetime]) -> Dates:
        """When those were."""
        instants = self._by_elapsed_time(device_times) if self._has_wrong_clock else self._by_wall(device_times)
        undatable: dict[int, NotAReading] = {}
        if instants and not (min(instants) >= _FIRST_MS and max(instants) <= _LAST_MS):
            outside = [place for place, at in enumerate(instants) if not _FIRST_MS <= at <= _LAST_MS]
            undatable = {place: NotAReading("a time outside the calendar", where="time") for place in outside}
        count = len(instants)
        return Dates(instants, [self.offset_s] * count, [self.flag] * count, undatable)

    def _by_elapsed_time(self, device_times: Sequence[datetime]) -> list[int]:
        """A wrong clock still tells how long ago, whatever zone it hangs in."""
        assert self._clock is not None, "a clock that nobody read is not known to be wrong"
        shown, read_at_ms = self._clock.device_time, to_ms(self._clock.read_at)
        return [read_at_ms - (shown - time) // MILLISECOND for time in device_times]

    def _by_wall(self, device_times: Sequence[datetime]) -> list[int]:
        walls = list(map(self._corrected, device_times)) if self.drift else device_times
        return [(wall - _EPOCH - self._ahead(wall)) // MILLISECOND for wall in walls]

    def _corrected(self, device_time: datetime) -> datetime:
        try:
            return device_time - self.drift
        except OverflowError:
            return device_time  # at an end of the calendar, where no record is
