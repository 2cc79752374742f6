"""When the desk is open: the same hours on every day of the week, on one zone's clock. Pure."""

from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.errors import BadInput


class Hours(NamedTuple):
    """From `opens` on, until before `closes`."""

    opens: time
    closes: time
    zone: ZoneInfo

    @property
    def said(self) -> str:
        """ "09:00–21:00" """
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}"


def parse_hours(text: str, zone: ZoneInfo) -> Hours:
    """Of "09:00-21:00". Raises BadInput."""
    try:
        opens, closes = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError:
        raise BadInput(f"{text!r} are no hours", where="desk hours", advice="write them like 09:00-21:00") from None
    if not opens < closes:
        raise BadInput(f"{text!r} end before they begin", where="desk hours", advice="write them like 09:00-21:00")
    return Hours(opens, closes, zone)


def is_open(hours: Hours, at: datetime) -> bool:
    return hours.opens <= at.astimezone(hours.zone).time() < hours.closes


def opens_next(hours: Hours, at: datetime) -> datetime:
    """The next instant at which it opens, after `at`."""
    day = at.astimezone(hours.zone).date()
    first = datetime.combine(day, hours.opens, hours.zone)
    return first if first > at else datetime.combine(day + timedelta(days=1), hours.opens, hours.zone)
