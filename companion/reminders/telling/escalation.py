"""Who hears that a dose was missed, and when: caregivers in their order, the next one only while nobody has said what
they do. Pure; all instants are aware UTC.

Only a window that passed without an answer is told, never a dose left out on purpose. When no reminder reached the
patient the caregiver hears "we could not reach her", not "she missed". One alert a dose and caregiver.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from companion.care.consent import WAIT_MINUTES, Hears, Misses
from companion.care.quiet_hours import QuietHours, after_quiet_hours
from companion.reminders.doses.dose_state import MISSED, DoseState

ALERT_VALID_FOR = timedelta(hours=12)
"""A caregiver's message that did not get out within half a day is no longer news; the alert stays on the page."""


@dataclass(frozen=True)
class CaregiverLink:
    """What the patient agreed to about one caregiver, and how the caregiver wants to hear.

    In force from `starts_at` until before `ends_at` (None: open). `delay` is waited after the dose's window, `wait`
    given to answer before the next one is told. `quiet_override`: a critical medicine passes the quiet hours.
    """

    caregiver_id: int
    starts_at: datetime
    ends_at: datetime | None
    zone: ZoneInfo
    position: int = 1
    hears: Hears = Hears.ALL
    misses: Misses | None = None
    delay: timedelta = timedelta(0)
    wait: timedelta = timedelta(minutes=WAIT_MINUTES)
    quiet: QuietHours | None = None
    quiet_override: bool = True

    def is_in_force(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True)
class PassedDose:
    """A dose whose window is over. `is_pattern`: its medicine was missed on the days before, too."""

    state: DoseState
    window_ends_at: datetime
    is_critical: bool
    is_pattern: bool = False


@dataclass(frozen=True)
class Told:
    """A caregiver heard of the dose. `has_answered`: and said what they do about it."""

    at: datetime
    has_answered: bool = False


@dataclass(frozen=True)
class Step:
    """Tell these caregivers now, and look again then (None: nobody is left to be told)."""

    tell: tuple[int, ...] = ()
    look_at: datetime | None = None


def is_pattern(missed_on: Collection[date], day: date) -> bool:
    """Whether a dose missed on that local day is one of a pattern: its medicine was also missed on the day before and
    on at least one of the two days before that.

    Kessler 2018 (J Gen Intern Med 33:1536) alerted "only after missed (yesterday + 1 of 2 days before)", and showed
    that it helps. Here an alert leaves at the end of a window that passed, so "yesterday" is the day before that
    window's: who takes today's dose is not reported for the days before. A day counts as missed when any of its doses
    was, also one for which nobody could be reached.
    """
    yesterday, second, third = (day - timedelta(days=back) for back in (1, 2, 3))
    return yesterday in missed_on and (second in missed_on or third in missed_on)


def escalate(dose: PassedDose, links: Iterable[CaregiverLink], told: Mapping[int, Told], now: datetime) -> Step:
    """The next step about a dose. `told`: who heard of it already, by caregiver.

    The consent must hold when the window ended (nobody hears of what was before) and when it is told. What could have
    been told half a day ago is no longer news.
    """
    if dose.state not in MISSED or any(each.has_answered for each in told.values()):
        return Step()
    tell: dict[int, datetime] = {}
    later: list[datetime] = []
    for link, at in _turns(dose, links, told, now):
        if link.caregiver_id in told or now - at > ALERT_VALID_FOR or not link.is_in_force(max(at, now)):
            continue
        if at <= now:
            tell.setdefault(link.caregiver_id, at)
        else:
            later.append(at)
    return Step(tuple(tell), min(later, default=None))


def wants(dose: PassedDose, link: CaregiverLink) -> bool:
    """Whether the link lets its caregiver hear of this dose at all."""
    if link.hears is Hears.CRITICAL and not dose.is_critical:
        return False
    misses = link.misses or (Misses.EVERY if dose.is_critical else Misses.PATTERN)
    is_one = misses is Misses.EVERY or dose.is_pattern
    return link.hears in (Hears.ALL, Hears.CRITICAL) and is_one and link.is_in_force(dose.window_ends_at)


def _turns(
    dose: PassedDose, links: Iterable[CaregiverLink], told: Mapping[int, Told], now: datetime
) -> Iterator[tuple[CaregiverLink, datetime]]:
    """Each link that wants to hear and when its turn is, in their order; those of one place together.

    The turn of the next begins when those before have had their time. Who sleeps is not waited for.
    """
    begins = dose.window_ends_at
    wanting = sorted((link for link in links if wants(dose, link)), key=_position)
    for _, together in groupby(wanting, key=_position):
        ends = []
        for link in together:
            turn = max(dose.window_ends_at + link.delay, begins)
            passes = dose.is_critical and link.quiet_override
            at = turn if passes else after_quiet_hours(turn, link.quiet, link.zone)
            yield link, at
            heard = told.get(link.caregiver_id)
            heard_at = heard.at if heard else max(turn, now) if at <= now else turn
            ends.append(heard_at + link.wait)
        begins = max(ends)


def _position(link: CaregiverLink) -> int:
    return link.position
