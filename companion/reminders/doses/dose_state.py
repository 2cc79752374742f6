"""What may become of one dose: its states, what can happen to it, and why something may not.

planned → due → taken | skipped | snoozed → due | missed | missed_unreached; a late answer still turns a missed dose
into taken or skipped for 48 hours, and an answer can be taken back or corrected; an open dose can be cancelled. What
an event makes of a dose stands in `dose_life`. All instants are aware UTC.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

GRACE_MINUTES = 60
"""How long after its time a dose stays open, unless the medicine says otherwise (architecture, "A dose's window")."""

LATE_LOG = timedelta(hours=48)
"""How long after its time an intake may still be written down, and an answer corrected (reminders §9)."""


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


class SkipReason(StrEnum):
    """Why a dose was left out; in the order in which people are asked."""

    UNWELL = "unwell"
    SIDE_EFFECTS = "side_effects"
    NOT_EATING = "not_eating"
    RAN_OUT = "ran_out"
    TOLD_SO = "told_so"
    FORGOT = "forgot"
    OTHER = "other"


@dataclass(frozen=True)
class DoseView:
    """What the decisions need to know of a dose. `answered_at` until `remark`: the answer that stands, with
    `amount_taken` None for `amount`; `previous_due_at` and `next_due_at`: its neighbours of the same medicine."""

    state: DoseState
    due_at: datetime
    window_ends_at: datetime
    amount: Decimal | None = None
    snoozed_until: datetime | None = None
    answered_at: datetime | None = None
    is_late: bool = False
    taken_at: datetime | None = None
    amount_taken: Decimal | None = None
    reason: str = ""
    remark: str = ""
    previous_due_at: datetime | None = None
    next_due_at: datetime | None = None


@dataclass(frozen=True)
class Due:
    """Its time has come, or the snooze is over."""


@dataclass(frozen=True)
class Taken:
    """The patient took it: at `taken_at`, otherwise as the answer arrives; `amount`, where it was another one."""

    taken_at: datetime | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class Skipped:
    """The patient left it out on purpose. `reason`: a SkipReason, or none given; `remark` in their own words."""

    reason: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Snooze:
    """Remind again after a while, sooner where the window would be over."""

    wait: timedelta


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
    """The answer was a mistake: it is taken back."""


@dataclass(frozen=True)
class Correct:
    """The answer that stands is wrong; this one is right."""

    to: Taken | Skipped


Event = Due | Taken | Skipped | Snooze | WindowPassed | Cancel | Undo | Correct


class Refusal(StrEnum):
    """Why an event does not apply; pages and messages find their sentence by it."""

    NOT_DUE_YET = "not_due_yet"
    STILL_SNOOZED = "still_snoozed"
    WINDOW_OPEN = "window_open"
    WINDOW_OVER = "window_over"
    SNOOZE_NOT_AHEAD = "snooze_not_ahead"
    TAKEN_IN_THE_FUTURE = "taken_in_the_future"
    TAKEN_TOO_EARLY = "taken_too_early"
    TAKEN_TOO_LATE = "taken_too_late"
    TOO_LATE_TO_LOG = "too_late_to_log"
    ALREADY_ANSWERED = "already_answered"
    CANCELLED = "cancelled"
    NOTHING_TO_UNDO = "nothing_to_undo"
    UNDO_OVER = "undo_over"


@dataclass(frozen=True)
class Refused:
    """The dose stays as it is."""

    reason: Refusal


@dataclass(frozen=True)
class Transition:
    """What the dose is from now on. `is_late`: answered after its window; `changes` False: it was heard before."""

    state: DoseState
    taken_at: datetime | None = None
    amount_taken: Decimal | None = None
    snoozed_until: datetime | None = None
    reason: str = ""
    remark: str = ""
    is_late: bool = False
    changes: bool = True


def window_ends_at(
    due_at: datetime, grace_minutes: int = GRACE_MINUTES, next_due_at: datetime | None = None
) -> datetime:
    """The last instant of a dose's window: its grace, but never past the next dose of the same medicine."""
    end = due_at + timedelta(minutes=grace_minutes)
    return end if next_due_at is None else min(end, max(due_at, next_due_at))
