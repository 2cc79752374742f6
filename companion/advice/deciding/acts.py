"""What a doctor does to a suggestion, and what is known at that instant. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from companion.advice.assessing.case import Case, Outcome
from companion.advice.deciding.decision_codes import NEEDS_WORDS, Rejection
from companion.advice.grammar.protocol import Protocol
from companion.errors import BadInput

FRESH_FOR = timedelta(minutes=15)
"""How long ago a person may have shown who they are when they decide on a dose."""


class Decision(StrEnum):
    APPROVED = "approved"
    AMENDED = "amended"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Present:
    """The evidence as it is at the moment of deciding, gathered in the same transaction."""

    outcome: Outcome
    digest: str
    case: Case
    protocol: Protocol


@dataclass(frozen=True)
class Act:
    """What the doctor did: on which screen (`shown_digest`), when they last showed who they are, and the decision.

    `amount` only for AMENDED, `code` only for REJECTED; `reason` is in the doctor's words.
    """

    decision: Decision
    shown_digest: str
    authenticated_at: datetime | None
    amount: Decimal | None = None
    code: Rejection | None = None
    reason: str = ""


def is_fresh(authenticated_at: datetime | None, now: datetime) -> bool:
    """Whether it is this person, now."""
    return authenticated_at is not None and now - authenticated_at <= FRESH_FOR


def check_words(act: Act) -> None:
    """Raises BadInput for a rejection that says not why."""
    if act.decision is not Decision.REJECTED:
        return
    if act.code is None:
        raise BadInput("a reason is needed", where="code", advice="choose one")
    if act.code in NEEDS_WORDS:
        need_words(act)


def need_words(act: Act) -> None:
    """Raises BadInput where the doctor wrote nothing."""
    if not act.reason.strip():
        raise BadInput("a reason is needed", where="reason", advice="write in a few words why")
