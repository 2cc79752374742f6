"""From a device's own time to the instant a record was taken."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

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


class Dating:
    """Turns the device's wall times into instants, by one reading of its clock."""

    def __init__(self, clock: ClockReading | None, zone: ZoneInfo) -> None:
        self._clock, self._zone = clock, zone
        self.drift = timedelta(0)
        if clock:
            wall = clock.read_at.astimezone(zone).replace(tzinfo=None)
            self.drift = clock.device_time - wall
        self.offset_s = -int(self.drift.total_seconds())
        self.flag = "clock_unknown" if clock is None else "clock_wrong" if abs(self.drift) > TRUSTED_DRIFT else ""

    def instant(self, device_time: datetime) -> datetime:
        """When that was. A wrong clock still tells how long ago, whatever zone it hangs in."""
        try:
            if self._clock and self.flag:
                return self._clock.read_at - (self._clock.device_time - device_time)
            wall = device_time - self.drift if self.drift else device_time
            ahead = self._zone.utcoffset(wall)
            assert ahead is not None, "every zone of the database knows its offset"
            return (wall - ahead).replace(tzinfo=UTC)
        except OverflowError:
            raise NotAReading(f"{device_time} lies outside the calendar", where="time") from None
