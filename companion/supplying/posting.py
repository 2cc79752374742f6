"""HTTP to a pharmacy: to the public internet only, within a bounded time, and with nothing of the answer kept but its
status."""

from collections.abc import Mapping
from functools import cache

import structlog
from requests import RequestException, Session

from companion.messages.channels.push_http import push_session
from companion.programme.orders.handing_over import Post
from companion.programme.orders.handing_rules import Outcome, outcome_of

log = structlog.get_logger()

TIMEOUT_S = 10.0


@cache
def _session(may_be_private: bool) -> Session:
    return push_session(1, may_be_private=may_be_private)


def poster(*, may_be_private: bool) -> Post:
    """`may_be_private`: pharmacies may stand in this house and speak http, as they do in tests."""

    def post(url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        try:
            # Only the status counts: a body without end is not read.
            with _session(may_be_private).post(
                url, data=body, headers=dict(headers), timeout=TIMEOUT_S, stream=True, allow_redirects=False
            ) as answer:
                status = answer.status_code
        except RequestException as error:
            log.warning("a pharmacy does not answer", kind=type(error).__name__)
            return Outcome.NO_ANSWER
        outcome = outcome_of(status)
        if outcome is not Outcome.TAKEN:
            log.warning("a pharmacy does not take an order", status=status)
        return outcome

    return post
