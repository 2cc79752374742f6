"""The only place that reads the system's clock. Everything below the edge is given `now`."""

import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import version
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from companion.errors import BadInput

# The zones come from the pinned tzdata package, never from the machine's own: what is noted with each dose is true.
zoneinfo.reset_tzpath(to=())

Clock = Callable[[], datetime]
"""Returns the present instant: aware, UTC."""


def system_clock() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def to_ms(instant: datetime) -> int:
    """Aware instant → milliseconds since 1970 UTC, exactly."""
    return (instant - EPOCH) // MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Milliseconds since 1970 → aware UTC."""
    return EPOCH + milliseconds * MILLISECOND


def parse_instant(text: str, where: str = "instant") -> datetime:
    """RFC 3339 with `Z` or an offset → aware UTC. A time without a zone is refused, never guessed."""
    try:
        instant = datetime.fromisoformat(f"{text[:-1]}Z" if text[-1:] == "z" else text)  # small letters count, too
    except (ValueError, TypeError):
        raise BadInput(f"{text!r} is not a time", where=where, advice="write it like 2026-03-01T08:00:00Z") from None
    if instant.tzinfo is None:
        raise BadInput(f"{text!r} has no time zone", where=where, advice="end it with Z or an offset like +08:00")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise BadInput(f"{text!r} is out of range", where=where) from None


def format_instant(instant: datetime) -> str:
    """Aware → RFC 3339 in UTC, ending in `Z`, whole seconds. The year has four digits, which `strftime` leaves out."""
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def get_zone(name: str, where: str = "zone") -> ZoneInfo:
    """The IANA zone of that name; anything else is refused."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        raise BadInput(f"{name!r} is not a time zone", where=where, advice="write it like Asia/Shanghai") from None


@cache
def tzdata_version() -> str:
    """The release of the time zone data in use, like 2026.6."""
    return version("tzdata")
