"""What becomes of doses, in words for the patient: reasons, refusals, states, and ways to answer."""

from datetime import datetime
from zoneinfo import ZoneInfo

from companion.reminders.doses.dose_state import DoseState, Refusal, SkipReason
from companion.reminders.doses.models import Dose
from companion.web.language import clock_time
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

SKIP_REASONS: Words = {
    SkipReason.UNWELL: _l("I feel unwell"),
    SkipReason.SIDE_EFFECTS: _l("It does not agree with me"),
    SkipReason.NOT_EATING: _l("I am not eating now"),
    SkipReason.RAN_OUT: _l("I have none left"),
    SkipReason.TOLD_SO: _l("The clinic told me so"),
    SkipReason.FORGOT: _l("I forgot, and now it is too late"),
    SkipReason.OTHER: _l("Another reason"),
}
REFUSALS: dict[Refusal, object] = {
    Refusal.ALREADY_ANSWERED: _l("This was answered already. To change it, choose the dose below."),
    Refusal.NOT_DUE_YET: _l("This is not due yet. Nothing was noted."),
    Refusal.WINDOW_OVER: _l("The time for this is over. Say below whether you took it; do not take it twice."),
    Refusal.SNOOZE_NOT_AHEAD: _l("There is no time for another reminder. Please answer now."),
    Refusal.TAKEN_IN_THE_FUTURE: _l("This time is still to come. Say when you took it."),
    Refusal.TAKEN_TOO_EARLY: _l("At that time it was the dose before. Choose that dose, or another time."),
    Refusal.TAKEN_TOO_LATE: _l("At that time it was the next dose. Choose that dose, or another time."),
    Refusal.TOO_LATE_TO_LOG: _l("This is more than two days ago. Please tell the clinic."),
    Refusal.CANCELLED: _l("This dose was cancelled because the medicine changed."),
    Refusal.NOTHING_TO_UNDO: _l("There is nothing to take back."),
    Refusal.UNDO_OVER: _l("It is too late to take this back. Choose the dose below and say what is right."),
}
ABOUT_THE_TIME = (Refusal.TAKEN_IN_THE_FUTURE, Refusal.TAKEN_TOO_EARLY, Refusal.TAKEN_TOO_LATE)
EVENTS: Words = {
    DoseState.DUE: _l("reminder"),
    DoseState.SNOOZED: _l("to be reminded again"),
    DoseState.TAKEN: _l("taken"),
    DoseState.SKIPPED: _l("skipped"),
    DoseState.MISSED: _l("not answered in time"),
    DoseState.MISSED_UNREACHED: _l("not known: no reminder arrived"),
    DoseState.CANCELLED: _l("cancelled"),
    "undo": _l("answer taken back"),
}
WAYS: Words = {
    "clock": _l("by the clock"),
    "page": _l("on this page"),
    "api": _l("by an app"),
    "sms": _l("by text message"),
    "link": _l("by a link"),
    "call": _l("by telephone"),
    "push": _l("by a notification"),
    "wechat": _l("by WeChat"),
    "offline": _l("on this page, without a network"),
}


def why_not(reason: Refusal) -> str:
    """Why an answer was not noted, and what to do."""
    return str(REFUSALS.get(reason) or _("This could not be noted."))


def noted(dose: Dose, zone: str) -> str:
    """What was just noted of the dose, as it stands now."""
    if dose.state == DoseState.TAKEN:
        return _("Noted: %(time)s taken.", time=dose.local_time)
    if dose.state == DoseState.SKIPPED:
        return _("Noted: %(time)s skipped.", time=dose.local_time)
    if dose.state == DoseState.SNOOZED and dose.snoozed_until:
        return _("We will remind you again at %(time)s.", time=clock_time(dose.snoozed_until, zone))
    return _("Taken back: %(time)s.", time=dose.local_time)


def local_time(instant: datetime, zone: str) -> str:
    """Hours and minutes on the wall, as a time field wants them: "08:05"."""
    return f"{instant.astimezone(ZoneInfo(zone)):%H:%M}"
