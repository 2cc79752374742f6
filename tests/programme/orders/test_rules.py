"""What is decided about orders without a database: what is urgent, what an event does, who signed, what is promised."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.programme.orders.consent_texts import VERSION, agreement
from companion.programme.orders.handing_rules import Outcome, give_up_after, outcome_of, tell_after, wait_after
from companion.programme.orders.order_life import OVER, WAY, OrderState, TrackingEvent, after, may_be_cancelled
from companion.programme.orders.promises import OnTime, Promise, on_time, promised_by
from companion.programme.orders.signing import Doubt, as_told, doubt, headers, signature
from companion.programme.orders.urgent_kinds import is_life_saving

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
SECRET = bytes(range(32))
STATES = st.sampled_from(list(OrderState))
EVENTS = st.sampled_from(list(TrackingEvent))


@pytest.mark.parametrize(
    ("drug", "drug_class", "is_critical", "urgent"),
    [
        ("Glargine", "basal_insulin", False, True),
        ("Insulin lispro", "other", False, True),
        ("Nitroglycerin spray", "other", False, True),
        ("硝酸甘油片", "other", False, True),
        ("Metformin", "metformin", False, False),
        ("Metformin", "metformin", True, True),
    ],
)
def test_life_saving_medicines_and_those_marked_by_a_doctor_are_urgent(
    drug: str, drug_class: str, is_critical: bool, urgent: bool
) -> None:
    assert is_life_saving(drug, drug_class, is_critical=is_critical) is urgent


@given(st.lists(EVENTS, max_size=12))
def test_whatever_is_told_in_whatever_order_a_state_never_goes_back_and_an_end_is_the_end(
    events: list[TrackingEvent],
) -> None:
    state = OrderState.HANDED_OVER

    for event in events:
        moved = after(state, event)
        if moved is not None:
            assert state not in OVER
            is_further = moved is OrderState.FAILED or WAY.index(moved) > WAY.index(state)
            assert is_further or (event is TrackingEvent.DELAYED and moved is state)
            state = moved


@given(STATES, EVENTS)
def test_the_same_event_again_changes_nothing(state: OrderState, event: TrackingEvent) -> None:
    once = after(state, event)

    assert once is None or after(once, event) in (None, once)


def test_only_what_nobody_tried_to_hand_over_may_be_taken_back() -> None:
    assert may_be_cancelled(OrderState.PLACED, 0)
    assert not may_be_cancelled(OrderState.PLACED, 1)
    assert not may_be_cancelled(OrderState.ACCEPTED, 1)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.TAKEN), (202, Outcome.TAKEN), (409, Outcome.TAKEN), (400, Outcome.REFUSED),
        (422, Outcome.REFUSED), (302, Outcome.NO_ANSWER), (401, Outcome.NO_ANSWER), (404, Outcome.NO_ANSWER),
        (429, Outcome.NO_ANSWER), (500, Outcome.NO_ANSWER), (503, Outcome.NO_ANSWER),
    ],
)  # fmt: skip
def test_what_a_status_means(status: int, outcome: Outcome) -> None:
    assert outcome_of(status) is outcome


def test_waits_grow_to_an_hour_and_urgent_orders_are_told_of_sooner() -> None:
    waits = [wait_after(n) for n in range(1, 10)]

    assert waits[0] == timedelta(minutes=1)
    assert waits == sorted(waits)
    assert waits[-1] == wait_after(10_000) == timedelta(hours=1)
    assert tell_after(is_urgent=True) < tell_after(is_urgent=False)
    assert give_up_after(is_urgent=True) < give_up_after(is_urgent=False)


# Signatures


def test_a_signature_is_that_of_the_specification() -> None:
    body = b'{"test": 2432232314}'

    made = headers(SECRET, "msg_1", AT, body)

    signed = b"msg_1." + str(int(AT.timestamp())).encode() + b"." + body
    by_hand = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    assert made["webhook-signature"] == f"v1,{by_hand}"
    assert base64.b64decode(as_told(SECRET).removeprefix("whsec_")) == SECRET


def test_it_is_the_one_of_the_vector_that_libraries_of_the_specification_are_tested_with() -> None:
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_request_that_is_ours_and_fresh_is_heard_also_with_two_signatures() -> None:
    made = headers(SECRET, "ev_1", AT, b"{}")

    twice = made | {"webhook-signature": f"v1,AAAA {made['webhook-signature']}"}

    assert doubt(SECRET, made, b"{}", AT + timedelta(minutes=4)) is None
    assert doubt(SECRET, twice, b"{}", AT) is None


@pytest.mark.parametrize(
    ("changed", "body", "later", "why"),
    [
        ({}, b"{ }", 0, Doubt.FORGED),
        ({"webhook-id": "ev_2"}, b"{}", 0, Doubt.FORGED),
        ({"webhook-signature": ""}, b"{}", 0, Doubt.FORGED),
        ({"webhook-signature": "v1,ü"}, b"{}", 0, Doubt.FORGED),
        ({"webhook-timestamp": "1"}, b"{}", 0, Doubt.FORGED),
        ({"webhook-timestamp": "soon"}, b"{}", 0, Doubt.UNSIGNED),
        ({"webhook-timestamp": "²"}, b"{}", 0, Doubt.UNSIGNED),
        ({"webhook-id": ""}, b"{}", 0, Doubt.UNSIGNED),
        ({}, b"{}", 6, Doubt.STALE),
        ({}, b"{}", -6, Doubt.STALE),
    ],
)
def test_what_is_forged_stale_or_unsigned_is_not_heard(
    changed: dict[str, str], body: bytes, later: int, why: Doubt
) -> None:
    made = headers(SECRET, "ev_1", AT, b"{}") | changed

    found = doubt(SECRET, made, body, AT + timedelta(minutes=later))

    assert found is why


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_another_secret_opens_nothing(body: bytes, other: bytes) -> None:
    made = headers(SECRET, "ev_1", AT, body)

    assert doubt(other, made, body, AT) is (None if other == SECRET else Doubt.FORGED)


# Promises


def test_a_promise_counts_hours_on_the_clock_by_the_class_of_the_order() -> None:
    assert promised_by(AT, 4, 48, is_urgent=True) == AT + timedelta(hours=4)
    assert promised_by(AT, 4, 48, is_urgent=False) == AT + timedelta(days=2)


def test_on_time_is_of_the_promises_that_are_over_and_what_failed_was_not() -> None:
    late, in_time = AT + timedelta(hours=5), AT + timedelta(hours=3)
    due = AT + timedelta(hours=4)
    promises = [
        Promise(due, OrderState.DELIVERED, in_time),
        Promise(due, OrderState.DELIVERED, late),
        Promise(due, OrderState.FAILED, None),
        Promise(due, OrderState.SENT, None),
        Promise(due, OrderState.CANCELLED, None),
        Promise(AT + timedelta(days=3), OrderState.DELIVERED, in_time),
        Promise(AT - timedelta(days=3), OrderState.DELIVERED, AT - timedelta(days=4)),
    ]

    found = on_time(promises, AT, AT + timedelta(hours=6))

    assert found == OnTime(1, 4)
    assert found.share == 0.25


def test_the_interval_of_a_rate_is_wilsons() -> None:
    low, high = OnTime(8, 10).interval or (0, 0)

    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert OnTime(0, 0).interval is None


def test_the_words_agreed_to_have_a_version_that_changes_with_them() -> None:
    told = [agreement(language, "Linden") for language in ("en", "zh")]

    digest = hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
    assert (VERSION, digest) == ("2026-11.1", "add168e880303a8d")
    assert all("Linden" in text for text in told)
