"""The instants at which the clock on somebody's wall shows an hour. Pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def next_hour(hour: int, zone: ZoneInfo, now: datetime) -> datetime:
    """The next instant after `now` at which the clock on that wall shows the hour, in UTC."""
    return min(at for at in _around(hour, zone, now) if at > now)


def last_hour(hour: int, zone: ZoneInfo, now: datetime) -> datetime:
    """The newest such instant up to `now`."""
    return max(at for at in _around(hour, zone, now) if at <= now)


def _around(hour: int, zone: ZoneInfo, now: datetime) -> list[datetime]:
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=days) for days in (-2, -1, 0, 1, 2)]
    return [datetime.combine(day, time(hour), zone).astimezone(now.tzinfo) for day in days]
