"""Suggestions by API, for a doctor only. The ETag is the digest of what was shown; a decision needs it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import request
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, defer, joinedload

from companion.advice.deciding.acts import Act, Decision
from companion.advice.deciding.opinions import find_signed
from companion.advice.deciding.refusals import AlreadyDecided, DataChanged, FreshSignInNeeded, HeldByAnother
from companion.advice.models import Review, Suggestion
from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.clock import to_ms
from companion.web.access import Action, guarded, guarded_list, patients_for
from companion.web.api import schemas, shown
from companion.web.api.paging import page_of
from companion.web.api.problems import Problem
from companion.web.api.routes import endpoint
from companion.web.context import actor, look, now, shows, subject
from companion.web.for_doctors import deciding
from companion.web.for_doctors.queue import waiting_of
from companion.web.for_doctors.standing import standing_of


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
        shows(each.patient for each in found)
        rows = _rows(db, [each.suggestion.id for each in found])
        told = [
            shown.suggestion(row, each.patient, standing_of(db, row, now()))
            for each, row in zip(found, rows, strict=True)
        ]
        return {"suggestions": told, "next": cursor}


def _rows(db: Session, ids: Sequence[int]) -> list[Suggestion]:
    """Those suggestions, as the ids stand; without their evidence, which is large."""
    found = {row.id: row for row in db.scalars(_ROWS, {"ids": ids})}
    return [found[each] for each in ids]


_ROWS = (
    select(Suggestion)
    .where(Suggestion.id.in_(bindparam("ids", expanding=True)))
    .options(
        defer(Suggestion.evidence),
        joinedload(Suggestion.regimen).lazyload(Regimen.revisions),
        joinedload(Suggestion.signature),
    )
)


@endpoint("GET", "/suggestions/<suggestion_id>", gives=schemas.SuggestionDetail)
@guarded(Action.SEE_ADVICE, patient_of=deciding.patient_of_suggestion)
def suggestion(suggestion_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """One suggestion with the evidence as it is now."""
    return _shown(suggestion_id)


@endpoint(
    "POST",
    "/suggestions/<suggestion_id>/claim",
    gives=schemas.SuggestionDetail,
    may_fail=(409,),
)
@guarded(Action.DECIDE_ADVICE, patient_of=deciding.patient_of_suggestion)
def claim(suggestion_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Takes it for five minutes: nobody else decides on it meanwhile. Sent again, it is yours anew."""
    with _told(suggestion_id):
        deciding.claim(suggestion_id)
    return _shown(suggestion_id)


@endpoint("POST", "/suggestions/<suggestion_id>/hand-back", gives=schemas.SuggestionDetail)
@guarded(Action.DECIDE_ADVICE, patient_of=deciding.patient_of_suggestion)
def hand_back(suggestion_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Gives a claim of yours back; without one nothing happens."""
    deciding.hand_back(suggestion_id)
    return _shown(suggestion_id)


@endpoint(
    "POST",
    "/suggestions/<suggestion_id>/put-off",
    takes=schemas.PutOffIn,
    gives=schemas.SuggestionDetail,
    may_fail=(400, 409, 422),
)
@guarded(Action.DECIDE_ADVICE, patient_of=deciding.patient_of_suggestion)
def put_off(given: dict[str, Any], suggestion_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Takes it out of the queue until then; it comes back by itself, a day before it expires at the latest."""
    with _told(suggestion_id):
        deciding.put_off(suggestion_id, given["until"], given["code"])
    return _shown(suggestion_id)


@endpoint(
    "POST",
    "/suggestions/<suggestion_id>/review",
    takes=schemas.ReviewIn,
    gives=schemas.ReviewOut,
    status=201,
    or_status=202,
    may_fail=(400, 409, 412, 422, 428),
)
@guarded(Action.DECIDE_ADVICE, patient_of=deciding.patient_of_suggestion)
def review(given: dict[str, Any], suggestion_id: str) -> dict[str, Any] | tuple[dict[str, Any], int]:
    """Approves, amends or rejects what the `If-Match` digest stands for. 202: the amendment takes two, and waits for
    another clinician's signature; nothing is changed or sent before."""
    act = _act(given, _shown_digest())
    with _told(suggestion_id):
        decided = deciding.decide_on(suggestion_id, act)
    with look() as db:
        if isinstance(decided, Review):
            return _review(db, decided)
        unit = db.get_one(Suggestion, decided.suggestion_id).unit
        return shown.asked(decided, actor(), unit, subject().zone), 202


@endpoint(
    "POST",
    "/suggestions/<suggestion_id>/second-opinion",
    takes=schemas.SecondIn,
    gives=schemas.SuggestionDetail,
    may_fail=(400, 409, 412, 422, 428),
)
@guarded(Action.DECIDE_ADVICE, patient_of=deciding.patient_of_suggestion)
def second_opinion(given: dict[str, Any], suggestion_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Signs the amendment that another clinician wants, as shown under the `If-Match` digest; or does not sign it,
    which takes back one of yours."""
    digest = _shown_digest()
    with _told(suggestion_id):
        if given["answer"] == "sign":
            deciding.sign(suggestion_id, digest)
        else:
            deciding.refuse(suggestion_id)
    return _shown(suggestion_id)


def _shown_digest() -> str:
    """The one digest that `If-Match` names. `*` names nothing that anybody has seen."""
    digests = request.if_match.as_set()
    if request.if_match.star_tag or len(digests) != 1:
        raise Problem(428, "if_match_needed", "Send the suggestion's ETag as If-Match.")
    return str(next(iter(digests)))


def _act(given: dict[str, Any], digest: str) -> Act:
    amount = given["amount"]
    return Act(
        decision=given["decision"],
        shown_digest=digest,
        authenticated_at=deciding.authenticated_at(),
        amount=amount["value"] if amount and given["decision"] is Decision.AMENDED else None,
        code=given["code"],
        reason=given["reason"],
    )


@contextmanager
def _told(suggestion_id: str) -> Iterator[None]:
    """What stopped an act, with the present state."""
    try:
        yield
    except FreshSignInNeeded:
        raise Problem(403, "fresh_password_needed", "Type the password at /confirm-password, then again.") from None
    except AlreadyDecided:
        raise _with_present(
            409, "already_decided", "Somebody was faster, or its time is over.", suggestion_id
        ) from None
    except HeldByAnother:
        raise _with_present(409, "held_by_another", "Somebody else is deciding on it.", suggestion_id) from None
    except DataChanged:
        raise _with_present(
            412, "data_changed", "Read what stands behind it now, then decide.", suggestion_id
        ) from None


def _with_present(status: int, code: str, detail: str, suggestion_id: str) -> Problem:
    """The refusal with the present state, and its ETag."""
    body, _status, headers = _shown(suggestion_id)
    return Problem(status, code, detail, headers, present=schemas.SuggestionDetail().dump(body))


def _shown(suggestion_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """The suggestion as it is now, and the ETag of what stands behind it."""
    with look() as db:
        body, digest = _present(db, suggestion_id)
    return body, 200, {"ETag": f'"{digest}"'}


def _present(db: Session, suggestion_id: str) -> tuple[dict[str, Any], str]:
    found = db.scalars(select(Suggestion).where(Suggestion.public_id == suggestion_id)).one()
    patient, standing = db.get_one(Person, found.patient_id), standing_of(db, found, now())
    successor = db.get(Suggestion, found.superseded_by) if found.superseded_by else None
    body = shown.suggestion(found, patient, standing) | {
        "review": _review(db, standing.review) if standing.review else None,
        "ended": found.ended_because,
        "superseded_by": successor.public_id if successor else None,
    }
    if not deciding.is_waiting(found, now()):
        return body | {"may_be_decided": False, "outcome": None, "lines": []}, found.digest
    evidence = deciding.evidence_for(db, found, now())
    may = deciding.is_supported(db, found, evidence, now())
    told = {"outcome": evidence.snapshot["outcome"], "lines": evidence.snapshot["lines"], "may_be_decided": may}
    return body | told, evidence.digest


def _review(db: Session, decided: Review) -> dict[str, Any]:
    unit = db.get_one(Suggestion, decided.suggestion_id).unit
    signed = find_signed(db, decided.suggestion_id)
    second = db.get(Person, signed.ended_by) if signed and signed.ended_by else None
    return shown.review(decided, db.get_one(Person, decided.clinician_id), second, unit, subject().zone)
