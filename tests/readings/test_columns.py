"""Short columns: whatever is done with them, they say what plain lists would say."""

from array import array
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.readings.columns import HIGHEST, INSTANT, NUMBER, Same, Scaled, different, joined, picked, scaled

COLUMNS = st.one_of(
    st.builds(Same, st.sampled_from(["mg/dL", None]), st.integers(0, 4)),
    st.builds(Scaled, st.lists(st.integers(0, 999)).map(lambda numbers: array(NUMBER, numbers)), st.integers(0, 2)),
    st.lists(st.integers(0, 2**40)).map(lambda numbers: array(INSTANT, numbers)),
    st.lists(st.sampled_from(["a", "b"])),
)


@given(st.lists(st.integers(0, HIGHEST)), st.integers(0, 6))
def test_what_is_written_with_as_many_digits_is_kept_to_the_last_one(numbers: list[int], digits: int) -> None:
    written = [format(Decimal(number).scaleb(-digits), "f") for number in numbers]

    found = scaled(written)

    assert [str(value) for value in found or ()] == written
    assert (found is None) == (not numbers)


@pytest.mark.parametrize("others", [["7.80"], [None], ["-7.8"], ["NaN"], [f"{HIGHEST // 10 + 1}.0"], ["٧.٨"]])
def test_what_differs_in_its_digits_or_is_no_such_number_is_not_scaled(others: list[str | None]) -> None:
    assert scaled(["7.8", *others]) is None


@given(st.lists(COLUMNS, max_size=4))
def test_columns_are_joined_as_lists_are(pieces: list[Same[str] | Scaled | list[str]]) -> None:
    found = joined(pieces)

    assert list(found) == [each for piece in pieces for each in piece]


@given(COLUMNS, st.data())
def test_a_column_is_cut_and_picked_from_as_a_list_is(
    column: Same[str] | Scaled | list[str], data: st.DataObject
) -> None:
    plain = list(column)
    part = data.draw(st.slices(len(plain)))
    wanted = data.draw(st.lists(st.booleans(), min_size=len(plain), max_size=len(plain)))

    assert list(column[part]) == plain[part]
    assert list(picked(column, wanted)) == [each for each, is_wanted in zip(plain, wanted, strict=True) if is_wanted]
    assert different(column) == set(plain)
    assert [column[place] for place in range(-len(plain), len(plain))] == plain * 2


def test_a_column_is_alike_whatever_holds_it() -> None:
    values = scaled(["7.8", "7.8"])

    assert values == [Decimal("7.8"), Decimal("7.8")] == Same(Decimal("7.8"), 2)
    assert values != [Decimal("7.8")]
    assert (Same("LO", 3).count("LO"), Same("LO", 3).count("HI")) == (3, 0)
