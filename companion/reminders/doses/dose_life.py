"""What an event makes of a dose: answering, snoozing, taking back, correcting, missing. Two equal answers are one."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from companion.reminders.doses.dose_state import (
    ANSWERED,
    LATE_LOG,
    MISSED,
    OPEN,
    Cancel,
    Correct,
    DoseState,
    DoseView,
    Due,
    Event,
    Refusal,
    Refused,
    Skipped,
    Snooze,
    Taken,
    Transition,
    Undo,
    WindowPassed,
)

EARLIEST_INTAKE = timedelta(hours=12)
"""An intake further before its time than this belongs to the dose before. A house rule, without a source."""

UNDO_FOR = timedelta(minutes=30)
"""How long an answer can be taken back once the window is over; after that it is corrected. A house rule."""

SNOOZE = timedelta(minutes=15)
"""What "later" means when no time is given (reminders §9)."""

LAST_CALL = timedelta(minutes=5)
"""What a reminder after "later" leaves of the window, so that it can still be answered. A house rule."""

SAME_CALL = timedelta(minutes=1)
"""Two requests for a call closer than this are one, pressed twice."""

WHY_CLOSED = {
    DoseState.TAKEN: Refusal.ALREADY_ANSWERED,
    DoseState.SKIPPED: Refusal.ALREADY_ANSWERED,
    DoseState.MISSED: Refusal.WINDOW_OVER,
    DoseState.MISSED_UNREACHED: Refusal.WINDOW_OVER,
    DoseState.CANCELLED: Refusal.CANCELLED,
}


def answer(dose: DoseView, event: Event, now: datetime) -> Transition | Refused:
    """What the event makes of the dose at `now`. Nothing is changed here: the caller keeps the answer."""
    match event:
        case Due():
            return _fall_due(dose, now)
        case Taken() | Skipped():
            return _close(dose, event, now)
        case Correct():
            return _correct(dose, event.to, now)
        case Snooze():
            return _snooze(dose, event.wait, now)
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


# Taken or skipped


def _close(dose: DoseView, said: Taken | Skipped, now: datetime) -> Transition | Refused:
    """In the window or late. Another answer than the one that stands is a correction, and has to say so."""
    if dose.state in ANSWERED and _says_the_same(dose, said):
        return _again(dose)
    if dose.state not in OPEN | MISSED:
        return Refused(WHY_CLOSED[dose.state])
    if now < dose.due_at:
        return Refused(Refusal.NOT_DUE_YET)
    return _note(dose, said, now, is_late=now > dose.window_ends_at)


def _correct(dose: DoseView, said: Taken | Skipped, now: datetime) -> Transition | Refused:
    """An answer in time stays in time, however late its mistake is noticed."""
    if dose.state not in ANSWERED:
        return _close(dose, said, now)
    corrected = _note(dose, said, now, is_late=dose.is_late)
    if isinstance(corrected, Transition) and corrected == _standing(dose):
        return replace(corrected, changes=False)
    return corrected


def _note(dose: DoseView, said: Taken | Skipped, now: datetime, *, is_late: bool) -> Transition | Refused:
    if now > dose.due_at + LATE_LOG:
        return Refused(Refusal.TOO_LATE_TO_LOG)
    if isinstance(said, Skipped):
        return Transition(DoseState.SKIPPED, reason=said.reason, remark=said.remark, is_late=is_late)
    if said.taken_at is not None and (wrong := _why_not_then(dose, said.taken_at, now)):
        return Refused(wrong)
    taken_at = said.taken_at or _taken_when(dose, now)
    return Transition(DoseState.TAKEN, taken_at=taken_at, amount_taken=_other_amount(dose, said), is_late=is_late)


def _other_amount(dose: DoseView, said: Taken) -> Decimal | None:
    """What was taken, where it is not what was to be taken."""
    return None if said.amount == dose.amount else said.amount


def _why_not_then(dose: DoseView, taken_at: datetime, now: datetime) -> Refusal | None:
    """Nearer to the dose before, at the time of the next one, still to come, or longer ago than is written down."""
    if taken_at > now:
        return Refusal.TAKEN_IN_THE_FUTURE
    if taken_at < earliest_intake(dose):
        return Refusal.TAKEN_TOO_EARLY
    if dose.next_due_at is not None and taken_at >= dose.next_due_at:
        return Refusal.TAKEN_TOO_LATE
    return Refusal.TOO_LATE_TO_LOG if now - taken_at > LATE_LOG else None


def earliest_intake(dose: DoseView) -> datetime:
    """From when on an intake is of this dose: twelve hours before, or from the middle between it and the last one."""
    earliest = dose.due_at - EARLIEST_INTAKE
    if dose.previous_due_at is None:
        return earliest
    return max(earliest, dose.due_at - (dose.due_at - dose.previous_due_at) / 2)


def _taken_when(dose: DoseView, now: datetime) -> datetime | None:
    """What is taken for the time where none was said: just now, unless that is the time of the next dose."""
    if dose.state is DoseState.TAKEN:
        return dose.taken_at
    return now if dose.next_due_at is None or now < dose.next_due_at else None


def _says_the_same(dose: DoseView, said: Taken | Skipped) -> bool:
    if isinstance(said, Skipped):
        return dose.state is DoseState.SKIPPED
    is_same_time = said.taken_at in (None, dose.taken_at)
    is_same_amount = said.amount is None or _other_amount(dose, said) == dose.amount_taken
    return dose.state is DoseState.TAKEN and is_same_time and is_same_amount


def _standing(dose: DoseView) -> Transition:
    """The answer that stands, as it was given."""
    return Transition(
        dose.state,
        taken_at=dose.taken_at,
        amount_taken=dose.amount_taken,
        reason=dose.reason,
        remark=dose.remark,
        is_late=dose.is_late,
    )


def _undo(dose: DoseView, now: datetime) -> Transition | Refused:
    """Open again. If its window is over, the next look at it makes it missed, as any dose nobody answered."""
    if dose.state not in ANSWERED:
        return Refused(Refusal.NOTHING_TO_UNDO)
    if now > undo_ends_at(dose):
        return Refused(Refusal.UNDO_OVER)
    return Transition(DoseState.DUE)


def undo_ends_at(dose: DoseView) -> datetime:
    """The last instant at which the answer that stands can be taken back."""
    answered_at = dose.answered_at or dose.due_at
    return min(max(answered_at + UNDO_FOR, dose.window_ends_at), dose.due_at + LATE_LOG)


# Later


def _snooze(dose: DoseView, wait: timedelta, now: datetime) -> Transition | Refused:
    if dose.state not in OPEN:
        return Refused(WHY_CLOSED[dose.state])
    if now < dose.due_at:
        return Refused(Refusal.NOT_DUE_YET)
    if now > dose.window_ends_at:
        return Refused(Refusal.WINDOW_OVER)
    until = min(now + wait, last_call_at(dose))
    if until <= now:
        return Refused(Refusal.SNOOZE_NOT_AHEAD)
    if dose.snoozed_until and abs(until - dose.snoozed_until) < SAME_CALL:
        return _again(dose)
    return Transition(DoseState.SNOOZED, snoozed_until=until)


def last_call_at(dose: DoseView) -> datetime:
    """The latest a snooze may end: with time left to answer, and no nearer to the next dose than to this one."""
    end = dose.window_ends_at - LAST_CALL
    return end if dose.next_due_at is None else min(end, dose.due_at + (dose.next_due_at - dose.due_at) / 2)


# Nobody answered; nobody has to


def _miss(dose: DoseView, reached: bool, now: datetime) -> Transition | Refused:
    if dose.state in MISSED:
        return _again(dose)
    if dose.state not in OPEN:
        return Refused(WHY_CLOSED[dose.state])
    if now <= dose.window_ends_at:
        return Refused(Refusal.WINDOW_OPEN)
    return Transition(DoseState.MISSED if reached else DoseState.MISSED_UNREACHED)


def _cancel(dose: DoseView, reason: str) -> Transition | Refused:
    if dose.state is DoseState.CANCELLED:
        return _again(dose)
    if dose.state not in OPEN:
        return Refused(WHY_CLOSED[dose.state])
    return Transition(DoseState.CANCELLED, reason=reason)


def _again(dose: DoseView) -> Transition:
    return Transition(dose.state, snoozed_until=dose.snoozed_until, changes=False)
