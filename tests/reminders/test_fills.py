"""PDC and MPR by the Pharmacy Quality Alliance's rules, worked by hand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.reminders.supply.fills import Coverage, Fill, coverage, coverage_of_any

FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)


def fills(*given_: tuple[str, int]) -> list[Fill]:
    return [Fill(date.fromisoformat(f"2026-{day}"), days) for day, days in given_]


def test_an_early_refill_waits_until_the_pack_before_is_used() -> None:
    """30 days to 30 January, 30 shifted to 1 March, and 22 of the third: 82 of 90."""
    found = coverage(fills(("01-01", 30), ("01-25", 30), ("03-10", 30)), FIRST, LAST)

    assert found == Coverage(covered=82, supplied=90, of=90)
    assert round(found.pdc, 3) == Decimal("0.911")
    assert found.mpr == 1


def test_packs_for_twice_the_days_cover_every_day_once() -> None:
    found = coverage(fills(("01-01", 90), ("01-05", 90)), FIRST, LAST)

    assert found is not None
    assert found.pdc == 1
    assert found.mpr == 2


@pytest.mark.parametrize("given_", [(), (("01-01", 30),), (("01-01", 30), ("01-01", 30))])
def test_fills_on_fewer_than_two_days_say_nothing(given_: tuple[tuple[str, int], ...]) -> None:
    assert coverage(fills(*given_), FIRST, LAST) is None


def test_the_days_count_from_the_first_fill_in_the_period() -> None:
    found = coverage(fills(("03-02", 10), ("03-22", 10)), FIRST, LAST)

    assert found == Coverage(covered=20, supplied=20, of=30)


def test_a_fill_before_or_after_the_period_is_not_in_it() -> None:
    outside = [Fill(FIRST - timedelta(days=1), 30), Fill(LAST + timedelta(days=1), 30)]

    assert coverage([*outside, *fills(("02-01", 30))], FIRST, LAST) is None


def test_the_last_day_of_the_period_counts() -> None:
    found = coverage(fills(("03-30", 1), ("03-31", 30)), FIRST, LAST)

    assert found == Coverage(covered=2, supplied=31, of=2)


def test_two_medicines_of_a_class_cover_a_day_once() -> None:
    one, other = fills(("01-01", 45)), fills(("01-31", 60))

    found = coverage_of_any([one, other], FIRST, LAST)

    assert found == Coverage(covered=90, supplied=105, of=90)


MANY = st.lists(st.builds(Fill, st.dates(FIRST, LAST), st.integers(0, 120)), max_size=8)


@given(MANY)
def test_no_more_days_are_covered_than_there_are_or_were_supplied(many: list[Fill]) -> None:
    found = coverage(many, FIRST, LAST)

    if found is not None:
        assert 0 <= found.covered <= min(found.of, found.supplied)


@given(MANY, st.builds(Fill, st.dates(FIRST, LAST), st.integers(0, 120)))
def test_another_fill_never_covers_fewer_days(many: list[Fill], one_more: Fill) -> None:
    before, after = coverage(many, FIRST, LAST), coverage([*many, one_more], FIRST, LAST)

    if before is not None and after is not None and one_more.on >= min(fill.on for fill in many):
        assert after.covered >= before.covered
