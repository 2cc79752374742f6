"""Which figures the clinic sees, over which days, and which of them add up to one another. Pure; docs/kpi.md defines
each one.

Every figure is of full days and told of the day they end on: `until_on` is the first day that is not in it any more.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

WEEK = 7
"""Days in which a patient is active, readings are counted, and doses are answered and taken."""
CONTROL_DAYS = 90
"""Days whose readings tell whether somebody is in control; "the last three months"."""
EVENT_DAYS = 28
"""Days of decisions and alerts: a week has too few of them for a median."""
TREND_WEEKS = 12
DAY_IS_OVER = time(12, tzinfo=UTC)
"""At noon UTC the day before is over in every zone of the world, the last one being twelve hours behind."""

ENROLLED = "enrolled"
ACTIVITY = ("active", "inactive")
PRESSURE = ("pressure.in_control", "pressure.above", "pressure.too_few", "pressure.no_plan")
DEVICES = ("devices.week", "devices.month", "devices.longer", "devices.never")
PARTS: Mapping[str, tuple[tuple[str, ...], ...]] = {ENROLLED: (ACTIVITY, PRESSURE, DEVICES)}
"""Of which whole each of these splits: its parts add up to it, so what is hidden in one is worked out from the rest."""
READINGS, ANSWERED, TAKEN, IN_RANGE = "readings", "answered", "taken", "glucose.in_range"
DECISION, ALERTS = "decision", "alerts"
DELIVERY = "delivery"
"""Begins the names of figures by channel: `delivery.twilio_sms.answered`."""
DELIVERY_ENDS = ("handed_over", "delivered", "answered")


class Counted(NamedTuple):
    """One figure as it was counted: `n`, of `of` where it is a share, from the data of so many `people`.

    Of a time `n` is in seconds and `of` how many it is the median (or so) of. None: there was nothing to tell.
    """

    name: str
    n: int | None
    of: int | None
    people: int


def newest_day(now: datetime) -> date:
    """The `until_on` of the newest figures that can be counted at that instant."""
    local = now.astimezone(UTC)
    return local.date() if local.timetz() >= DAY_IS_OVER else local.date() - timedelta(days=1)


def trend_days(newest: date) -> list[date]:
    """The days that a trend is told of, the oldest first: Mondays, so that a week's figures are those of a calendar
    week, up to the newest day or just before it."""
    monday = newest - timedelta(days=newest.weekday())
    return [monday - timedelta(weeks=weeks) for weeks in reversed(range(TREND_WEEKS))]


def ends_at(until_on: date) -> datetime:
    """The instant at which the figures of that day stand: for what happens at the clinic and on no patient's day."""
    return datetime.combine(until_on, DAY_IS_OVER)


def channel_of(name: str) -> str | None:
    """The channel that a figure of deliveries is about."""
    return name.split(".")[1] if name.startswith(f"{DELIVERY}.") else None
