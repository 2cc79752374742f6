"""What may follow what."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.messages.delivery_state import (
    LONGEST_WAIT,
    may_become,
    message_after,
    wait_before,
)
from companion.messages.models import DeliveryState, MessageState

ATTEMPT = st.sampled_from(DeliveryState)
FINAL = (DeliveryState.DELIVERED, DeliveryState.UNDELIVERED, DeliveryState.REJECTED)


@given(st.permutations(list(DeliveryState)), ATTEMPT)
def test_whatever_the_order_of_reports_an_attempt_never_leaves_a_final_state(
    reports: list[DeliveryState], start: DeliveryState
) -> None:
    state, path = start, [start]

    for report in reports * 2:
        if may_become(state, report):
            state = report
            path.append(report)

    assert state in FINAL
    assert len(path) == len(set(path))
    assert not any(step in FINAL for step in path[:-1])


@pytest.mark.parametrize("final", FINAL)
def test_a_late_sent_does_not_follow_an_end(final: DeliveryState) -> None:
    assert not may_become(final, DeliveryState.SENT)
    assert not may_become(final, final)


def test_a_callback_may_show_that_a_text_looked_up_in_vain_was_there_after_all() -> None:
    assert may_become(DeliveryState.AMBIGUOUS, DeliveryState.RETRY)
    assert may_become(DeliveryState.RETRY, DeliveryState.ACCEPTED)


@given(st.sampled_from(MessageState), ATTEMPT, st.booleans())
def test_a_message_is_opened_again_only_when_nobody_has_it(
    message: MessageState, attempt: DeliveryState, another_has_it: bool
) -> None:
    after = message_after(message, attempt, another_has_it=another_has_it)

    if after is MessageState.OPEN and message is not MessageState.OPEN:
        assert message is MessageState.HANDED_OVER
        assert not another_has_it
        assert attempt in (DeliveryState.RETRY, DeliveryState.UNDELIVERED, DeliveryState.REJECTED)


@pytest.mark.parametrize("closed", [MessageState.CANCELLED, MessageState.EXPIRED, MessageState.FAILED])
def test_a_closed_message_still_tells_what_the_provider_did_but_is_not_opened_again(closed: MessageState) -> None:
    told = {attempt: message_after(closed, attempt) for attempt in DeliveryState}

    assert told[DeliveryState.DELIVERED] is MessageState.DELIVERED
    assert told[DeliveryState.SENT] is MessageState.HANDED_OVER
    assert told[DeliveryState.UNDELIVERED] is told[DeliveryState.RETRY] is closed


def test_a_message_that_one_way_refused_is_still_handed_over_by_another() -> None:
    after = message_after(MessageState.HANDED_OVER, DeliveryState.REJECTED, another_has_it=True)

    assert after is MessageState.HANDED_OVER


@pytest.mark.parametrize("ended", [MessageState.DELIVERED, MessageState.SEEN_TO])
@pytest.mark.parametrize("attempt", DeliveryState)
def test_what_arrived_and_what_somebody_saw_to_stays_so(ended: MessageState, attempt: DeliveryState) -> None:
    assert message_after(ended, attempt) is ended


def test_waits_double_from_ten_seconds_to_five_minutes() -> None:
    waits = [wait_before(attempt) for attempt in (2, 3, 4, 5, 6, 7, 1000)]

    assert waits[:3] == [timedelta(seconds=10), timedelta(seconds=20), timedelta(seconds=40)]
    assert waits[-1] == LONGEST_WAIT == timedelta(minutes=5)
