"""What may become of one dose: its states, what can happen to it, and when an answer is refused.

planned → due → taken | skipped | snoozed → due | missed | missed_unreached; a late answer still turns a missed
dose into taken or skipped for 48 hours; an open dose can be cancelled. Two equal answers are one. All instants
are aware UTC.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

GRACE_MINUTES = 60
"""How long after its time a dose stays open, unless the medicine says otherwise (architecture, "A dose's window")."""

LATE_LOG = timedelta(hours=48)
"""How long after its time an intake may still be written down (reminders §9)."""

EARLIEST_INTAKE = timedelta(hours=12)
"""An intake further before its time than this belongs to the dose before. A house rule, without a source."""

SNOOZE = timedelta(minutes=15)
"""What "later" means when no time is given (reminders §9)."""

LAST_CALL = timedelta(minutes=5)
"""What a reminder after "later" leaves of the window, so that it can still be answered. A house rule."""


class DoseState(StrEnum):
    PLANNED = "planned"
    DUE = "due"
    TAKEN = "taken"
    SKIPPED = "skipped"
    SNOOZED = "snoozed"
    MISSED = "missed"
    MISSED_UNREACHED = "missed_unreached"
    """The window passed and no reminder reached the patient: nobody can say that it was not taken."""
    CANCELLED = "cancelled"


OPEN = frozenset({DoseState.PLANNED, DoseState.DUE, DoseState.SNOOZED})
ANSWERED = frozenset({DoseState.TAKEN, DoseState.SKIPPED})
MISSED = frozenset({DoseState.MISSED, DoseState.MISSED_UNREACHED})


@dataclass(frozen=True)
class DoseView:
    """What the decisions need to know of a dose. `was_reached`: a reminder was accepted for delivery."""

    state: DoseState
    due_at: datetime
    window_ends_at: datetime
    snoozed_until: datetime | None = None
    was_reached: bool = True


@dataclass(frozen=True)
class Due:
    """Its time has come, or the snooze is over."""


@dataclass(frozen=True)
class Taken:
    """The patient took it, at `taken_at` if that is known, otherwise as the answer arrives."""

    taken_at: datetime | None = None


@dataclass(frozen=True)
class Skipped:
    """The patient left it out on purpose."""

    reason: str = ""


@dataclass(frozen=True)
class Snooze:
    """Remind again at `until`."""

    until: datetime


@dataclass(frozen=True)
class WindowPassed:
    """Nobody answered in time. `reached`: at least one reminder was accepted for delivery."""

    reached: bool


@dataclass(frozen=True)
class Cancel:
    """The regimen changed, was paused, or the patient is in hospital."""

    reason: str = ""


@dataclass(frozen=True)
class Undo:
    """The answer was a mistake."""


Event = Due | Taken | Skipped | Snooze | WindowPassed | Cancel | Undo


class Refusal(StrEnum):
    """Why an event does not apply; pages and messages find their sentence by it."""

    NOT_DUE_YET = "not_due_yet"
    STILL_SNOOZED = "still_snoozed"
    WINDOW_OPEN = "window_open"
    WINDOW_OVER = "window_over"
    SNOOZE_NOT_AHEAD = "snooze_not_ahead"
    SNOOZE_PASSES_WINDOW = "snooze_passes_window"
    TAKEN_IN_THE_FUTURE = "taken_in_the_future"
    TAKEN_TOO_EARLY = "taken_too_early"
    TOO_LATE_TO_LOG = "too_late_to_log"
    ALREADY_ANSWERED = "already_answered"
    CANCELLED = "cancelled"
    NOTHING_TO_UNDO = "nothing_to_undo"


@dataclass(frozen=True)
class Refused:
    """The dose stays as it is."""

    reason: Refusal


@dataclass(frozen=True)
class Transition:
    """The dose's next state. `is_late`: answered after its window. `changes`: False for an answer heard before."""

    state: DoseState
    taken_at: datetime | None = None
    snoozed_until: datetime | None = None
    reason: str = ""
    is_late: bool = False
    changes: bool = True


WHY_CLOSED = {
    DoseState.TAKEN: Refusal.ALREADY_ANSWERED,
    DoseState.SKIPPED: Refusal.ALREADY_ANSWERED,
    DoseState.MISSED: Refusal.WINDOW_OVER,
    DoseState.MISSED_UNREACHED: Refusal.WINDOW_OVER,
    DoseState.CANCELLED: Refusal.CANCELLED,
}


def window_ends_at(
    due_at: datetime, grace_minutes: int = GRACE_MINUTES, next_due_at: datetime | None = None
) -> datetime:
    """The last instant of a dose's window: its grace, but never past the next dose of the same medicine."""
    end = due_at + timedelta(minutes=grace_minutes)
    return end if next_due_at is None else min(end, max(due_at, next_due_at))


def call_again_at(now: datetime, window_ends_at: datetime, wait: timedelta = SNOOZE) -> datetime:
    """When "later" is: a while from now, but never so late that the call comes with the end of the window. Not
    after `now` when no time is left for another call."""
    return min(now + wait, window_ends_at - LAST_CALL)


def answer(dose: DoseView, event: Event, now: datetime) -> Transition | Refused:
    """What the event makes of the dose at `now`. Nothing is changed here: the caller keeps the answer."""
    match event:
        case Due():
            return _fall_due(dose, now)
        case Taken():
            return _take(dose, event.taken_at or now, now)
        case Skipped():
            return _close(dose, Transition(DoseState.SKIPPED, reason=event.reason), now)
        case Snooze():
            return _snooze(dose, event.until, now)
        case WindowPassed():
            return _miss(dose, event.reached, now)
        case Cancel():
            return _cancel(dose, event.reason)
        case Undo():
            return _undo(dose, now)


def _fall_due(dose: DoseView, now: datetime) -> Transition | Refused:
    if dose.state is DoseState.DUE:
        return _again(dose)
    if dose.state not in OPEN:
        return Refused(WHY_CLOSED[dose.state])
    if now > dose.window_ends_at:
        return Refused(Refusal.WINDOW_OVER)
    if now < dose.due_at:
        return Refused(Refusal.NOT_DUE_YET)
    if dose.snoozed_until and now < dose.snoozed_until:
        return Refused(Refusal.STILL_SNOOZED)
    return Transition(DoseState.DUE)


def _take(dose: DoseView, taken_at: datetime, now: datetime) -> Transition | Refused:
    if taken_at > now:
        return Refused(Refusal.TAKEN_IN_THE_FUTURE)
    if taken_at < dose.due_at - EARLIEST_INTAKE:
        return Refused(Refusal.TAKEN_TOO_EARLY)
    return _close(dose, Transition(DoseState.TAKEN, taken_at=taken_at), now)


def _close(dose: DoseView, closed: Transition, now: datetime) -> Transition | Refused:
    """Taken or skipped, in the window or late. Another answer than the one given needs an undo first."""
    if dose.state is closed.state:
        return _again(dose)
    if dose.state not in OPEN | MISSED:
        return Refused(WHY_CLOSED[dose.state])
    if now < dose.due_at:
        return Refused(Refusal.NOT_DUE_YET)
    if now > dose.due_at + LATE_LOG:
        return Refused(Refusal.TOO_LATE_TO_LOG)
    return replace(closed, is_late=now > dose.window_ends_at)


def _snooze(dose: DoseView, until: datetime, now: datetime) -> Transition | Refused:
    if dose.state not in OPEN:
        return Refused(WHY_CLOSED[dose.state])
    if now < dose.due_at:
        return Refused(Refusal.NOT_DUE_YET)
    if now > dose.window_ends_at:
        return Refused(Refusal.WINDOW_OVER)
    if until <= now:
        return Refused(Refusal.SNOOZE_NOT_AHEAD)
    if until > dose.window_ends_at:
        return Refused(Refusal.SNOOZE_PASSES_WINDOW)
    return Transition(DoseState.SNOOZED, snoozed_until=until, changes=dose.snoozed_until != until)


def _miss(dose: DoseView, reached: bool, now: datetime) -> Transition | Refused:
    if dose.state in MISSED:
        return _again(dose)
    if dose.state not in OPEN:
        return Refused(WHY_CLOSED[dose.state])
    if now <= dose.window_ends_at:
        return Refused(Refusal.WINDOW_OPEN)
    return Transition(_missed(reached))


def _cancel(dose: DoseView, reason: str) -> Transition | Refused:
    if dose.state is DoseState.CANCELLED:
        return _again(dose)
    if dose.state not in OPEN:
        return Refused(WHY_CLOSED[dose.state])
    return Transition(DoseState.CANCELLED, reason=reason)


def _undo(dose: DoseView, now: datetime) -> Transition | Refused:
    """Back to what the clock makes of an unanswered dose."""
    if dose.state not in ANSWERED:
        return Refused(Refusal.NOTHING_TO_UNDO)
    if now > dose.due_at + LATE_LOG:
        return Refused(Refusal.TOO_LATE_TO_LOG)
    return Transition(DoseState.DUE if now <= dose.window_ends_at else _missed(dose.was_reached))


def _missed(reached: bool) -> DoseState:
    return DoseState.MISSED if reached else DoseState.MISSED_UNREACHED


def _again(dose: DoseView) -> Transition:
    return Transition(dose.state, snoozed_until=dose.snoozed_until, changes=False)
