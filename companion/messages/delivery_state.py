"""What may follow what, for one attempt and for the message it belongs to. Pure."""

from datetime import timedelta

from companion.messages.models import DeliveryState, MessageState

RANK = {
    DeliveryState.LEASED: 0,
    DeliveryState.AMBIGUOUS: 1,
    DeliveryState.RETRY: 2,  # a callback may still show that the provider had it after all
    DeliveryState.ACCEPTED: 3,
    DeliveryState.SENT: 4,
    DeliveryState.DELIVERED: 5,
    DeliveryState.UNDELIVERED: 5,
    DeliveryState.REJECTED: 5,
}
"""Reports come late, twice and out of order: an attempt only ever moves to a higher rank."""

UNSETTLED = (DeliveryState.LEASED.value, DeliveryState.AMBIGUOUS.value)
"""The provider may or may not have it; nobody may send the message again. Values, as queries compare them."""

MAX_REFUSALS = 5
"""A provider that refuses the same text so often will not take it: a person has to look."""

FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=5)


def may_become(old: DeliveryState, new: DeliveryState) -> bool:
    """Whether the report moves the attempt on; otherwise it is old news."""
    return RANK[new] > RANK[old]


def is_settled(state: DeliveryState) -> bool:
    """Whether it is known what became of the attempt, as far as sending again goes."""
    return state not in UNSETTLED


CLOSED = (MessageState.CANCELLED, MessageState.EXPIRED, MessageState.FAILED)
"""Nobody tries any more; but what a provider did all the same is told."""


def message_after(message: MessageState, attempt: DeliveryState, *, another_has_it: bool = False) -> MessageState:
    """The message's state once one of its attempts is in that state. `another_has_it`: a provider has the message by
    another attempt.

    A refusal opens the message again, for another way or another time: what is done then, routing decides.
    """
    if message in (MessageState.DELIVERED, MessageState.SEEN_TO):
        return message
    if attempt is DeliveryState.DELIVERED:
        return MessageState.DELIVERED
    if another_has_it or attempt in (DeliveryState.ACCEPTED, DeliveryState.SENT):
        return MessageState.HANDED_OVER
    if message in CLOSED or not is_settled(attempt):
        return message
    return MessageState.OPEN


def wait_before(next_attempt: int) -> timedelta:
    """How long to leave the provider alone before the second, third, … attempt: doubling, up to a limit."""
    doublings = min(max(next_attempt - 2, 0), 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
