"""What an answer means: only the service itself can refuse a batch."""

from datetime import timedelta

import pytest

from companion.hub.verdict import LONGEST_WAIT, PROBLEM, Answer, Verdict, verdict_on, wait_after


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer(201, "application/json"), Verdict.TAKEN),
        (Answer(200, "application/json"), Verdict.LATER),
        (Answer(200, "text/html"), Verdict.LATER),
        (Answer(201, "text/html"), Verdict.LATER),
        (Answer(401, PROBLEM, "hub_revoked"), Verdict.NOT_WELCOME),
        (Answer(400, PROBLEM), Verdict.REFUSED),
        (Answer(413, PROBLEM), Verdict.REFUSED),
        (Answer(422, PROBLEM, "unknown_device"), Verdict.REFUSED),
        (Answer(401, "text/html"), Verdict.LATER),
        (Answer(413, "text/html"), Verdict.LATER),
        (Answer(422, "text/html"), Verdict.LATER),
        (Answer(302), Verdict.LATER),
        (Answer(403, PROBLEM), Verdict.LATER),
        (Answer(404, PROBLEM), Verdict.LATER),
        (Answer(429, PROBLEM), Verdict.LATER),
        (Answer(500, PROBLEM), Verdict.LATER),
        (Answer(503), Verdict.LATER),
    ],
)
def test_an_answer_means(answer: Answer, verdict: Verdict) -> None:
    assert verdict_on(answer) is verdict


def test_waits_double_to_five_minutes() -> None:
    waits = [wait_after(failures).total_seconds() for failures in range(1, 10)]

    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert wait_after(10**9) == LONGEST_WAIT


def test_the_service_may_ask_for_a_longer_wait_but_not_for_ever() -> None:
    assert wait_after(1, timedelta(minutes=20)) == timedelta(minutes=20)
    assert wait_after(1, timedelta(days=20)) == timedelta(hours=1)
