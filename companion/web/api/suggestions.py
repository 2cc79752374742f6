"""Suggestions by API, for a doctor only. The ETag is the digest of what was shown; a decision needs it."""

from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.models import Review, Suggestion
from companion.advice.review import Act, AlreadyDecided, DataChanged, Decision, PasswordNeeded, find_review
from companion.care.people import Person
from companion.clock import to_ms
from companion.web import deciding
from companion.web.access import Action, guarded, guarded_list, patients_for
from companion.web.api import schemas, shown
from companion.web.api.paging import page_of
from companion.web.api.problems import Problem
from companion.web.api.routes import endpoint
from companion.web.context import actor, look, now, subject, web_session
from companion.web.queue import waiting_of


@endpoint("GET", "/suggestions", query=schemas.Page, gives=schemas.SuggestionList, may_fail=(422,))
@guarded_list(Action.SEE_ADVICE)
def suggestions(query: dict[str, Any]) -> dict[str, Any]:
    """What waits for this doctor, the newest first."""
    with look() as db:
        waiting = waiting_of(db, patients_for(db, actor(), Action.SEE_ADVICE, now()), now())
        found, cursor = page_of(
            waiting,
            lambda each: [to_ms(each.suggestion.created_at), each.suggestion.public_id],
            cursor=query["cursor"],
            limit=query["limit"],
        )
        return {"suggestions": [shown.suggestion(each.suggestion, each.patient) for each in found], "next": cursor}


@endpoint("GET", "/suggestions/<suggestion_id>", gives=schemas.SuggestionDetail)
@guarded(Action.SEE_ADVICE, patient_of=deciding.patient_of_suggestion)
def suggestion(suggestion_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """One suggestion with the evidence as it is now."""
    with look() as db:
        body, digest = _present(db, suggestion_id)
    return body, 200, {"ETag": f'"{digest}"'}


@endpoint(
    "POST",
    "/suggestions/<suggestion_id>/review",
    takes=schemas.ReviewIn,
    gives=schemas.ReviewOut,
    status=201,
    may_fail=(400, 409, 412, 422, 428),
)
@guarded(Action.DECIDE_ADVICE, patient_of=deciding.patient_of_suggestion)
def review(given: dict[str, Any], suggestion_id: str) -> dict[str, Any]:
    """Approves, amends or rejects what the `If-Match` digest stands for."""
    try:
        decided = deciding.decide_on(suggestion_id, _act(given, _shown_digest()))
    except PasswordNeeded:
        raise Problem(403, "fresh_password_needed", "Type the password at /confirm-password, then again.") from None
    except AlreadyDecided:
        raise _with_present(
            409, "already_decided", "Somebody was faster, or its time is over.", suggestion_id
        ) from None
    except DataChanged:
        raise _with_present(
            412, "data_changed", "Read what stands behind it now, then decide.", suggestion_id
        ) from None
    with look() as db:
        return _review(db, decided)


def _shown_digest() -> str:
    """The one digest that `If-Match` names. `*` names nothing that anybody has seen."""
    digests = request.if_match.as_set()
    if request.if_match.star_tag or len(digests) != 1:
        raise Problem(428, "if_match_needed", "Send the suggestion's ETag as If-Match.")
    return str(next(iter(digests)))


def _act(given: dict[str, Any], digest: str) -> Act:
    here = web_session()
    decision, amount = given["decision"], given["amount"]
    if decision is Decision.REJECTED and not given["code"]:
        raise Problem(422, "code_needed", "A rejection has a code.")
    return Act(
        decision=decision,
        shown_digest=digest,
        authenticated_at=here.authenticated_at if here else None,
        amount=amount["value"] if amount and decision is Decision.AMENDED else None,
        reason=f"{given['code']}: {given['reason']}" if decision is Decision.REJECTED else given["reason"],
    )


def _with_present(status: int, code: str, detail: str, suggestion_id: str) -> Problem:
    """The refusal with the present state, and its ETag."""
    with look() as db:
        body, digest = _present(db, suggestion_id)
        present = schemas.SuggestionDetail().dump(body)
    return Problem(status, code, detail, {"ETag": f'"{digest}"'}, present=present)


def _present(db: Session, suggestion_id: str) -> tuple[dict[str, Any], str]:
    found = db.scalars(select(Suggestion).where(Suggestion.public_id == suggestion_id)).one()
    patient, decided = db.get_one(Person, found.patient_id), find_review(db, found.id)
    body = shown.suggestion(found, patient) | {"review": _review(db, decided) if decided else None}
    if not deciding.is_waiting(found, now()):
        return body | {"may_be_decided": False, "outcome": None, "lines": []}, found.digest
    evidence = deciding.evidence_for(db, found, now())
    may = deciding.is_supported(db, found, evidence, now())
    told = {"outcome": evidence.snapshot["outcome"], "lines": evidence.snapshot["lines"], "may_be_decided": may}
    return body | told, evidence.digest


def _review(db: Session, decided: Review) -> dict[str, Any]:
    unit = db.get_one(Suggestion, decided.suggestion_id).unit
    return shown.review(decided, db.get_one(Person, decided.clinician_id), unit, subject().zone)
