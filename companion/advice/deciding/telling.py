"""Who is to hear of a suggestion that waits, and when. Pure; all instants are aware UTC.

| what is told | to whom | when |
|---|---|---|
| it waits | its doctors | urgent: at once, also at night; else at once to those only who want it so, by day |
| it ends soon | its doctors | 12 hours before it expires, or at half of a shorter life; by day, if time allows |
| it ended | the administrators | when it expired and nobody had decided |

"Night": a person's quiet hours. Every doctor of the patient hears the second. The times are house rules.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from companion.care.quiet_hours import QuietHours, after_quiet_hours, before_quiet_hours

WARNING = timedelta(hours=12)
"""How long before it expires its doctors are warned, at most."""
TIME_TO_DECIDE = timedelta(hours=2)
"""What has to be left of a warning that waited for the end of quiet hours; else it comes before they begin."""
BEFORE_THE_NIGHT = timedelta(minutes=30)
"""How long before quiet hours such a warning comes."""


class Telling(StrEnum):
    WAITS = "waits"
    ENDS = "ends"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A suggestion that nobody has decided on, as far as telling of it asks."""

    created_at: datetime
    expires_at: datetime
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class Hearer:
    """How one doctor wants to hear."""

    zone: ZoneInfo
    quiet: QuietHours | None = None
    every_at_once: bool = False


def times_for(waiting: Waiting, hearer: Hearer) -> dict[Telling, datetime]:
    """What that doctor is told of the suggestion, and when, in the order of time."""
    times = {Telling.WAITS: _told_at_once(waiting, hearer), Telling.ENDS: _warned(waiting, hearer)}
    return {telling: at for telling, at in times.items() if at is not None and at < waiting.expires_at}


def _told_at_once(waiting: Waiting, hearer: Hearer) -> datetime | None:
    if waiting.is_urgent:
        return waiting.created_at
    return after_quiet_hours(waiting.created_at, hearer.quiet, hearer.zone) if hearer.every_at_once else None


def _warned(waiting: Waiting, hearer: Hearer) -> datetime:
    """As late as it is still of use, and as early as it has to be to spare a night."""
    at = waiting.expires_at - min(WARNING, (waiting.expires_at - waiting.created_at) / 2)
    if waiting.is_urgent:
        return at
    later = after_quiet_hours(at, hearer.quiet, hearer.zone)
    if later <= waiting.expires_at - min(TIME_TO_DECIDE, waiting.expires_at - at):
        return later
    earlier = before_quiet_hours(at, hearer.quiet, hearer.zone) - BEFORE_THE_NIGHT
    return earlier if earlier >= waiting.created_at else at


def due_now(times: Mapping[Telling, datetime], told: Collection[Telling], now: datetime) -> list[Telling]:
    """What is to be told now and was not. Of several only the last is worth saying."""
    return [telling for telling, at in times.items() if at <= now and telling not in told]
