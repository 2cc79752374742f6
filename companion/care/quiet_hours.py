"""Hours in which a person is not disturbed by what can wait, on their own wall. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class QuietHours:
    """From `begins` until `ends` on the recipient's wall, usually over midnight. Equal times: never quiet."""

    begins: time
    ends: time

    def contains(self, at: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


def quiet_hours(begins: str | None, ends: str | None) -> QuietHours | None:
    """As kept with a person: "22:00" and "07:00", or none."""
    if not begins or not ends:
        return None
    return QuietHours(time.fromisoformat(begins), time.fromisoformat(ends))


def after_quiet_hours(at: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime:
    """The instant itself, or the end of the quiet hours it falls in."""
    local = at.astimezone(zone)
    if quiet is None or not quiet.contains(local.time()):
        return at
    ends_on = local.date() + timedelta(days=local.time() >= quiet.ends)
    # In a fold the quiet hours end at their first end: a second one is not waited for.
    return max(at, datetime.combine(ends_on, quiet.ends, zone).astimezone(UTC))


def before_quiet_hours(at: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime:
    """The instant itself, or the beginning of the quiet hours it falls in."""
    local = at.astimezone(zone)
    if quiet is None or not quiet.contains(local.time()):
        return at
    began_on = local.date() - timedelta(days=local.time() < quiet.begins)
    return min(at, datetime.combine(began_on, quiet.begins, zone).astimezone(UTC))
