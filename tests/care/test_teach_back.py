"""What a patient is asked about a change, what counts as the right answer, and when a nurse asks."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.care.teach_back import (
    Change,
    Heard,
    Said,
    Then,
    amount_in,
    amounts_offered,
    days_offered,
    fingerprint,
    judge,
    nurse_asks_at,
    then,
)

WEDNESDAY = date(2026, 3, 4)
THURSDAY = date(2026, 3, 5)
MADE = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
INCREASE = Change("rg_1:2", Decimal(18), Decimal(16), THURSDAY)
DECREASE = Change("rg_1:2", Decimal(14), Decimal(16), THURSDAY)

amounts = st.decimals(Decimal("0.5"), Decimal(2000), places=1)
changes = st.builds(
    Change,
    st.text("abc", min_size=1, max_size=4),
    amounts,
    amounts,
    st.just(THURSDAY),
).filter(lambda change: change.amount != change.before)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (Said(Decimal(18), THURSDAY), Heard.RIGHT),
        (Said(Decimal("18.0"), THURSDAY), Heard.RIGHT),
        (Said(Decimal(18), None), Heard.HALF),
        (Said(Decimal(18), WEDNESDAY), Heard.WRONG),
        (Said(Decimal(16), THURSDAY), Heard.WRONG),
        (Said(Decimal(81), None), Heard.WRONG),
        (Said(None, THURSDAY), Heard.WRONG),
    ],
)
def test_only_the_new_amount_with_its_first_day_is_right(said: Said, heard: Heard) -> None:
    assert judge(INCREASE, said) is heard


@pytest.mark.parametrize(
    ("heard", "wrong_before", "what_follows"),
    [
        (Heard.RIGHT, 0, Then.CONFIRMED),
        (Heard.RIGHT, 5, Then.CONFIRMED),
        (Heard.HALF, 1, Then.ASK_DAY),
        (Heard.WRONG, 0, Then.ASK_AGAIN),
        (Heard.WRONG, 1, Then.ASK_NURSE),
        (Heard.WRONG, 2, Then.ASK_NURSE),
    ],
)
def test_one_wrong_answer_is_asked_again_and_the_second_is_a_nurses(
    heard: Heard, wrong_before: int, what_follows: Then
) -> None:
    assert then(heard, wrong_before) is what_follows


@pytest.mark.parametrize(
    ("is_decrease", "answered_after", "asks_after"),
    [
        pytest.param(True, None, 4, id="silent about less"),
        pytest.param(False, None, 24, id="silent about more"),
        pytest.param(False, 1, 5, id="silent after a wrong answer"),
        pytest.param(False, 23, 24, id="a late wrong answer puts nothing off"),
    ],
)
def test_silence_is_a_nurses_after_named_hours(is_decrease: bool, answered_after: int | None, asks_after: int) -> None:
    answered_at = None if answered_after is None else MADE + timedelta(hours=answered_after)

    found = nurse_asks_at(is_decrease, MADE, answered_at)

    assert found == MADE + timedelta(hours=asks_after)


def test_the_old_amount_is_offered_beside_a_higher_one() -> None:
    offered = amounts_offered(INCREASE, 0)

    assert sorted(offered) == [14, 16, 18, 20]


def test_of_a_decrease_only_lower_amounts_are_offered() -> None:
    offered = amounts_offered(DECREASE, 0)

    assert sorted(offered) == [10, 12, 14, 15]


@given(changes, st.integers(0, 3))
def test_the_right_amount_stands_once_among_others_and_never_beside_the_old_one_of_a_decrease(
    change: Change, wrong_before: int
) -> None:
    offered = amounts_offered(change, wrong_before)

    assert offered.count(change.amount) == 1
    assert 3 <= len(set(offered)) == len(offered) <= 4
    assert all(amount > 0 for amount in offered)
    assert not change.is_decrease or change.before is None or max(offered) < change.before


@given(changes)
def test_the_order_is_the_same_at_every_look(change: Change) -> None:
    assert amounts_offered(change, 0) == amounts_offered(change, 0)


def test_the_right_amount_has_no_place_of_its_own() -> None:
    names = [f"rg_{n}:2" for n in range(40)]

    places = {amounts_offered(Change(name, Decimal(18), Decimal(16), THURSDAY), 0).index(Decimal(18)) for name in names}

    assert places == {0, 1, 2, 3}


@given(st.integers(-1, 9), changes)
def test_the_first_day_stands_among_days_in_their_order(days_ahead: int, change: Change) -> None:
    today = change.starts_on - timedelta(days=days_ahead)

    offered = days_offered(change, today)

    assert change.starts_on in offered
    assert today in offered
    assert len(offered) >= 3
    assert list(offered) == sorted(offered)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("18", "18"),
        (" 18 U ", "18"),
        ("18 units", "18"),
        ("18,5", "18.5"),
        ("１８单位", "18"),
        ("1 tablet", "1"),
        ("500mg", "500"),
        ("eighteen", None),
        ("18 20", None),
        ("-18", None),
        ("", None),
        ("18.1234", None),
    ],
)
def test_an_amount_is_read_however_it_is_written_and_nothing_is_guessed(text: str, amount: str | None) -> None:
    assert amount_in(text) == (None if amount is None else Decimal(amount))


def test_a_page_that_asked_about_another_first_day_is_known_by_it() -> None:
    moved = Change(INCREASE.name, INCREASE.amount, INCREASE.before, WEDNESDAY)

    assert fingerprint(INCREASE) != fingerprint(moved)
    assert str(INCREASE.amount) != fingerprint(INCREASE)
