"""What an answer of the service means for a batch, and how long to wait before trying again."""

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

PROBLEM, JSON = "application/problem+json", "application/json"
CREATED = 201
REFUSALS = (400, 409, 413, 415, 422)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)
"""A household whose network comes back is not kept waiting longer."""
LONGEST_ASKED_WAIT = timedelta(hours=1)
"""However long the service asks us to wait."""


class Answer(NamedTuple):
    """What the service said. `code` and `detail` are empty unless it is one of its own problem documents."""

    status: int
    content_type: str = ""
    code: str = ""
    detail: str = ""
    retry_after: timedelta = timedelta(0)


class Verdict(StrEnum):
    TAKEN = "taken"
    """Durable over there: it may be forgotten here."""
    REFUSED = "refused"
    """It will be refused however often it is sent: set aside, and the next one is sent."""
    NOT_WELCOME = "not_welcome"
    """The token opens nothing any more: nothing is sent until there is another."""
    LATER = "later"
    """Nothing is known: the same again, later."""


def verdict_on(answer: Answer) -> Verdict:
    """Only what the service itself says counts; the page of a proxy, or of somebody else's server, says nothing."""
    is_its_own = answer.content_type == PROBLEM
    if answer.status == CREATED and answer.content_type == JSON:
        return Verdict.TAKEN
    if answer.status == 401 and is_its_own:
        return Verdict.NOT_WELCOME
    if answer.status in REFUSALS and is_its_own:
        return Verdict.REFUSED
    return Verdict.LATER


def wait_after(failures: int, retry_after: timedelta = timedelta(0)) -> timedelta:
    """Before the next try, after so many in a row that came to nothing; longer if the service asks for it."""
    doubled = FIRST_WAIT * (1 << min(failures - 1, 10))
    return max(min(doubled, LONGEST_WAIT), min(retry_after, LONGEST_ASKED_WAIT))
