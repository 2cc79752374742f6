"""Taking a sent change back by API, for a doctor only."""

from typing import Any

from companion.advice.deciding.refusals import FreshSignInNeeded
from companion.advice.taking_back.withdrawing import Act, CannotWithdraw
from companion.web.access import Action, guarded
from companion.web.api import withdrawal_schemas as schemas
from companion.web.api.problems import Problem
from companion.web.api.routes import endpoint
from companion.web.api.shown import instant
from companion.web.context import subject, web_session
from companion.web.for_doctors import deciding
from companion.web.for_doctors.withdrawing import take_back_now


@endpoint(
    "POST",
    "/suggestions/<suggestion_id>/withdrawal",
    takes=schemas.WithdrawalIn,
    gives=schemas.WithdrawalOut,
    status=201,
    may_fail=(400, 409, 422),
)
@guarded(Action.DECIDE_ADVICE, patient_of=deciding.patient_of_suggestion)
def take_back(given: dict[str, Any], suggestion_id: str) -> dict[str, Any]:
    """409 for what was not sent, was taken back before, or was followed by another change of the dose."""
    here = web_session()
    act = Act(given["code"], given["reason"], here.authenticated_at if here else None)
    try:
        taken = take_back_now(suggestion_id, act)
    except FreshSignInNeeded:
        raise Problem(403, "fresh_password_needed", "Type the password at /confirm-password, then again.") from None
    except CannotWithdraw:
        raise Problem(409, "cannot_withdraw", "It was not sent, was taken back, or the dose changed since.") from None
    return {
        "suggestion": suggestion_id,
        "code": taken.code,
        "reason": taken.reason,
        "withdrawn_at": instant(taken.withdrawn_at, subject().zone),
        "was_opened": taken.was_opened,
    }
