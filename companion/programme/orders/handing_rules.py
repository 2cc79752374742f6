"""What a pharmacy's answer means, how long is waited for a better one, and when a person is told. Pure. House rules."""

from datetime import timedelta
from enum import StrEnum

CONFLICT = 409
ASK_AGAIN = frozenset({401, 403, 404, 408, 425, 429})
"""Not now, or a door that is set up wrong: an administrator can put that right while the order waits."""


class Outcome(StrEnum):
    """What became of one try to hand an order over."""

    TAKEN = "taken"
    REFUSED = "refused"  # never in this form
    NO_ANSWER = "no_answer"  # it may have it, or not: the same again is safe


def outcome_of(status: int) -> Outcome:
    """By the HTTP status. 409: it has that order already."""
    if 200 <= status < 300 or status == CONFLICT:
        return Outcome.TAKEN
    return Outcome.REFUSED if 400 <= status < 500 and status not in ASK_AGAIN else Outcome.NO_ANSWER


SHORTEST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)


def wait_after(tries: int) -> timedelta:
    """1, 2, 4 … minutes, at most an hour."""
    return min(LONGEST_WAIT, SHORTEST_WAIT * (1 << min(tries - 1, 6)))


def tell_after(*, is_urgent: bool) -> timedelta:
    """So long after it was placed the clinic learns that an order cannot be handed over; it is tried further."""
    return timedelta(minutes=15) if is_urgent else timedelta(hours=4)


def give_up_after(*, is_urgent: bool) -> timedelta:
    """So long after it was placed nothing is tried any more: by then somebody has seen to it in another way."""
    return timedelta(hours=6) if is_urgent else timedelta(hours=48)


def see_to_within(*, is_urgent: bool) -> timedelta:
    """How soon somebody at the clinic should look at an order in trouble."""
    return timedelta(hours=1) if is_urgent else timedelta(days=1)
