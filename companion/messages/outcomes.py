"""What an answer of a channel means for the attempt it is about. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from companion.messages.channel import (
    Accepted,
    Ambiguous,
    Caps,
    Found,
    LookupResult,
    NotFound,
    Refusal,
    Rejected,
    RetryAfter,
    SendResult,
    StatusReport,
)
from companion.messages.models import DeliveryState


@dataclass(frozen=True, slots=True)
class Outcome:
    """The new state of an attempt. `wait`: how long the same way is left alone at least before it is tried again.
    `tells`: the channel says later what became of it. `is_found`: a look-up compared words and number, and may have
    found another attempt's."""

    state: DeliveryState
    provider_id: str | None = None
    error_code: str | None = None
    means: Refusal | None = None
    wait: timedelta = timedelta(0)
    tells: bool = True
    is_found: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one attempt, whoever says so: the send, a look-up or a callback."""

    delivery_id: int
    outcome: Outcome


def of_send(result: SendResult, caps: Caps) -> Outcome:
    match result:
        case Accepted(provider_id):
            return Outcome(DeliveryState.ACCEPTED, provider_id, tells=caps.receipts)
        case Rejected(code, means):
            return Outcome(DeliveryState.REJECTED, error_code=code[:40], means=means)
        case RetryAfter(seconds, code):
            return Outcome(DeliveryState.RETRY, error_code=code[:40], wait=timedelta(seconds=seconds))
        case Ambiguous(reason):
            return Outcome(DeliveryState.AMBIGUOUS, error_code=reason[:40])


def of_lookup(result: LookupResult, caps: Caps) -> Outcome | None:
    """None: still nothing known."""
    match result:
        case Found(provider_id, status):
            return Outcome(status, provider_id, tells=caps.receipts, is_found=True)
        case NotFound():
            return Outcome(DeliveryState.RETRY, error_code="never_arrived")
        case _:
            return None


def of_report(report: StatusReport) -> Outcome:
    """Of a genuine callback."""
    code = report.error_code[:40] if report.error_code else None
    return Outcome(report.status, report.provider_id or None, code, report.means)


def surely_not_sent(code: str) -> Outcome:
    """We ourselves know that nobody handed it over, or nobody ever will tell: it may be tried again at once."""
    return Outcome(DeliveryState.RETRY, error_code=code)
