"""What becomes of a suggestion, and why, in the reader's language."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from babel.dates import format_timedelta

from companion.advice.deciding import concluding
from companion.advice.deciding.decision_codes import Ended, PutOff, Rejection
from companion.advice.models import Plan
from companion.web.charting.shown_glucose import in_both_units
from companion.web.in_words.advice_words import INPUTS
from companion.web.language import at, digits, language
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l
from companion.web.words import CONDITIONS, FACTS, Words

STATES: Words = {
    "pending": _l("waits for a doctor"),
    "approved": _l("approved"),
    "amended": _l("approved with another amount"),
    "rejected": _l("rejected"),
    "expired": _l("expired"),
    "superseded": _l("replaced, because the data changed"),
    "withdrawn": _l("taken back after it was sent"),
}
REJECTIONS: Words = {
    Rejection.ASK_ABOUT_DOSES: _l("Ask about missed doses first"),
    Rejection.ASK_PATIENT: _l("Ask the patient"),
    Rejection.REFER: _l("Refer"),
    Rejection.VALUES_UNRELIABLE: _l("The values cannot be relied on"),
    Rejection.RISK_OF_LOWS: _l("The risk of lows is too high"),
    Rejection.RULE_DOES_NOT_FIT: _l("The rule does not fit this patient"),
    Rejection.CHANGED_ELSEWHERE: _l("The medicine was changed elsewhere"),
    Rejection.OTHER_TREATMENT: _l("Another treatment is better"),
    Rejection.PATIENTS_WISH: _l("The patient does not wish it"),
    Rejection.OTHER: _l("Another reason (write it below)"),
}
ASKS = tuple(str(code) for code in concluding.ASKS)
"""Outcomes that have a button of their own: they ask for something in place of a change."""
PUT_OFFS: Words = {
    PutOff.WAIT_FOR_VALUES: _l("Wait for more values"),
    PutOff.WAIT_FOR_LABS: _l("Wait for laboratory values"),
    PutOff.TALK_TO_PATIENT: _l("Talk to the patient first"),
    PutOff.ASK_COLLEAGUE: _l("Ask a colleague first"),
    PutOff.OTHER: _l("Another reason"),
}
ENDED: Words = {
    Ended.OTHER_PROPOSAL: _l("What is known now proposes something else."),
    Ended.NOTHING_PROPOSED: _l("What is known now proposes nothing."),
    Ended.PLAN_CANNOT_RUN: _l("Its plan runs no more."),
    Ended.MEDICINE_CHANGED: _l("The medicine was changed or stopped."),
    Ended.PATIENT_LEFT: _l("The patient has left."),
    Ended.TIME_OVER: _l("Its time was over."),
}
CHANGES: Words = {
    "doses": _l("doses taken or missed"),
    "regimens": _l("medicines or amounts"),
    "plan": _l("the plan"),
}
DID: Words = {
    "approved": _l("approved"),
    "amended": _l("approved another amount"),
    "rejected": _l("rejected"),
    "withdrawn": _l("approved, and it was taken back"),
}
TOLD: Words = {
    "open": _l("not yet sent to the patient"),
    "handed_over": _l("sent to the patient"),
    "delivered": _l("has reached the patient"),
    "failed": _l("could not be sent: a task says so"),
    "expired": _l("was not sent in time"),
    "cancelled": _l("not sent: it was taken back before"),
    "seen_to": _l("told to the patient by somebody at the clinic"),
}
"""By the state of the message that tells the patient (MessageState)."""
CHECKS: Words = {
    "no_change": _l("stops any change"),
    "urgent": _l("urgent"),
    "no_increase": _l("stops an increase"),
    "look": _l("not known"),
    "ok": _l("in order"),
}
RISKS: Words = {
    "insulin_share": _l("an insulin is raised by more than 20 %"),
    "insulin_units": _l("an insulin is raised by more than 4 units a day"),
    "doubled": _l("the amount is more than doubled"),
    "drugs": _l("more than two medicines are taken for the same"),
    "potassium": _l("the potassium speaks against a rise, or is not known"),
    "egfr": _l("the kidney value speaks against a rise, or is not known"),
}
SEEN: Words = {
    "sex": _l("sex"),
    "clock_skew": _l("a device's clock is wrong"),
    "counts_carbohydrates": _l("doses mealtime insulin by carbohydrates"),
    "drug_list_unconfirmed_90d": _l("list of medicines not confirmed"),
    "low_after_meal": _l("a low after a meal"),
    "manual_entry_majority": _l("most values typed in"),
    "two_protocols_disagree": _l("two protocols disagree"),
    "units_ambiguous": _l("a unit in doubt"),
    "urgent_event_open": _l("an urgent event is open"),
}
"""What the service sees by itself, or no form asks for."""
EFFECTS: Mapping[str, Words] = {
    "glucose": {
        "increase": _l("Glucose falls towards the target; lows become likelier."),
        "decrease": _l("Lows become rarer; glucose may rise."),
    },
    "bp": {
        "increase": _l("Blood pressure falls towards the target; dizziness on standing becomes likelier."),
        "decrease": _l("Dizziness on standing becomes rarer; blood pressure may rise."),
    },
}


def step_words(before: Decimal, after: Decimal) -> str:
    """ "+2, +12 %"."""
    step = f"{after - before:+f}"
    return step if not before else f"{step}, {(after - before) * 100 / before:+.0f} %"


def glucose(mg_dl: Decimal) -> str:
    """In both units."""
    return in_both_units(mg_dl)


def target_words(plan: Plan) -> str:
    """What the plan aims at."""
    if plan.target_low is not None and plan.target_high is not None:
        return f"{digits(plan.target_low)}-{digits(plan.target_high)} mg/dL"
    if plan.target_systolic is not None and plan.target_diastolic is not None:
        return f"<{digits(plan.target_systolic)}/{digits(plan.target_diastolic)} mmHg"
    return "-"


def hours_words(hours: Iterable[int]) -> list[tuple[int, str]]:
    """As choices of a form."""
    return [(each, format_timedelta(timedelta(hours=each), threshold=1.2, locale=language())) for each in hours]


def change_words(change: Mapping[str, Any], zone: str) -> str:
    """One line of `what_changed`."""
    match change:
        case {"what": "glucose" | "pressures" as kind, "n": n}:
            return _readings(kind, n, change.get("last_at"), zone)
        case {"what": "patient", "names": names}:
            return _("Noted of the patient: %(names)s", names=", ".join(map(_name, names)))
        case {"what": kind}:
            return str(CHANGES[kind])
    raise AssertionError(change)


def _readings(kind: str, n: int, last_at: str | None, zone: str) -> str:
    what = _("glucose values") if kind == "glucose" else _("blood pressures")
    if last_at is None:
        return _("%(what)s that count no more", what=what)
    last = at(datetime.fromisoformat(last_at), zone)
    return _("new %(what)s: %(n)s, the last %(time)s", what=what, n=n, time=last)


def _name(name: str) -> str:
    kind = name.removesuffix("_on")
    return str(FACTS.get(kind) or INPUTS.get(kind) or CONDITIONS.get(kind) or SEEN.get(kind) or kind)
