"""Who hears that a dose was missed, when, and who hears that it was answered after all.

Only a window that passed without an answer is told, never a dose left out on purpose: alerts on real non-adherence
are the ones that help (Kessler 2018, reminders §7). When no reminder reached the patient the caregiver hears "we
could not reach her", not "she missed". One alert a dose and caregiver. All instants are aware UTC.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from companion.reminders.dose_state import ANSWERED, DoseState

MISSED_DOSES = "missed_doses"
"""The one scope of a care link that lets a caregiver hear of doses."""


class NoticeKind(StrEnum):
    """What the caregiver is told; the values are the purposes of messages."""

    MISSED = "missed_dose"
    COULD_NOT_REACH = "not_reached"
    ANSWERED_LATE = "late_answer"


KIND_OF = {
    DoseState.MISSED: NoticeKind.MISSED,
    DoseState.MISSED_UNREACHED: NoticeKind.COULD_NOT_REACH,
}


@dataclass(frozen=True)
class QuietHours:
    """From `begins` until `ends` on the recipient's wall, usually over midnight. Equal times: never quiet."""

    begins: time
    ends: time

    def contains(self, at: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


@dataclass(frozen=True)
class CaregiverLink:
    """What one caregiver agreed with the patient: the care link, and how the caregiver wants to hear.

    In force from `starts_at` until before `ends_at` (None: open). `delay` is waited after the dose's window.
    `quiet_override`: a critical medicine may break the quiet hours.
    """

    caregiver_id: int
    scope: str
    has_consent: bool
    starts_at: datetime
    ends_at: datetime | None
    zone: ZoneInfo
    delay: timedelta = timedelta(0)
    critical_only: bool = False
    quiet: QuietHours | None = None
    quiet_override: bool = False

    def is_in_force(self, at: datetime) -> bool:
        return self.has_consent and self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True)
class PassedDose:
    """A dose whose window is over."""

    state: DoseState
    window_ends_at: datetime
    is_critical: bool


@dataclass(frozen=True)
class Notice:
    """Tell this caregiver that, not before `tell_at`."""

    caregiver_id: int
    kind: NoticeKind
    tell_at: datetime


@dataclass(frozen=True)
class Alert:
    """A notice kept for a dose; `was_told` once it was handed to a channel."""

    caregiver_id: int
    was_told: bool


@dataclass(frozen=True)
class Closing:
    """After a late answer: alerts to take back before they leave, and what to tell those who were alarmed."""

    withdraw: tuple[int, ...] = ()
    tell: tuple[Notice, ...] = ()


def escalate(
    dose: PassedDose, links: Iterable[CaregiverLink], already_alerted: Collection[int], now: datetime
) -> list[Notice]:
    """The notices to keep for a dose, earliest first; none unless it was missed.

    `already_alerted` are the caregivers who have an alert for this dose. The consent must hold when the window
    ended (nobody hears of what was before) and when the notice would be told.
    """
    if dose.state not in KIND_OF:
        return []
    notices: dict[int, Notice] = {}
    for link in links:
        notice = _notice(dose, link, now)
        if notice and link.caregiver_id not in already_alerted:
            earlier = notices.get(link.caregiver_id, notice)
            notices[link.caregiver_id] = min(earlier, notice, key=_tell_at)
    return sorted(notices.values(), key=_tell_at)


def _notice(dose: PassedDose, link: CaregiverLink, now: datetime) -> Notice | None:
    """What one link asks for, or None."""
    if link.scope != MISSED_DOSES or (link.critical_only and not dose.is_critical):
        return None
    tell_at = max(dose.window_ends_at + link.delay, now)
    if not (dose.is_critical and link.quiet_override):
        tell_at = after_quiet_hours(tell_at, link.quiet, link.zone)
    if not (link.is_in_force(dose.window_ends_at) and link.is_in_force(tell_at)):
        return None
    return Notice(link.caregiver_id, KIND_OF[dose.state], tell_at)


def close(state: DoseState, alerts: Iterable[Alert], links: Iterable[CaregiverLink], now: datetime) -> Closing:
    """What a late answer does to the dose's alerts: nothing before the dose is answered.

    A caregiver who was told hears the end of it, once the quiet hours are over and while the link is in force.
    """
    if state not in ANSWERED:
        return Closing()
    alerts = list(alerts)
    told = {alert.caregiver_id for alert in alerts if alert.was_told}
    tell = {
        link.caregiver_id: Notice(link.caregiver_id, NoticeKind.ANSWERED_LATE, tell_at)
        for link in links
        if link.caregiver_id in told
        and link.scope == MISSED_DOSES
        and link.is_in_force(tell_at := after_quiet_hours(now, link.quiet, link.zone))
    }
    withdraw = tuple(alert.caregiver_id for alert in alerts if not alert.was_told)
    return Closing(withdraw, tuple(sorted(tell.values(), key=_tell_at)))


def after_quiet_hours(at: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime:
    """The instant itself, or the end of the quiet hours it falls in."""
    local = at.astimezone(zone)
    if quiet is None or not quiet.contains(local.time()):
        return at
    ends_on = local.date() + timedelta(days=local.time() >= quiet.ends)
    # In a fold the quiet hours end at their first end: a second one is not waited for.
    return max(at, datetime.combine(ends_on, quiet.ends, zone).astimezone(UTC))


def _tell_at(notice: Notice) -> datetime:
    return notice.tell_at
