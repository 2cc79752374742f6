"""Nobody is found in a figure: small numbers are hidden, also from those who subtract."""

from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.kpi.figures import DEVICES, PRESSURE, Counted
from companion.kpi.hiding import FEWEST, shown, shown_parts

PARTS = st.lists(st.integers(0, 40), min_size=1, max_size=6)


def possible(parts: Sequence[int], told: Sequence[bool]) -> Iterator[tuple[int, ...]]:
    """Every way in which the parts can be, for somebody who knows their sum and those that are told."""
    choices = [[part] if is_told else range(sum(parts) + 1) for part, is_told in zip(parts, told, strict=True)]
    return (each for each in product(*choices) if sum(each) == sum(parts))


def day(enrolled: int, *others: Counted) -> list[Counted]:
    return [Counted("enrolled", enrolled, None, enrolled), *others]


def parts(names: Sequence[str], *people: int) -> list[Counted]:
    return [Counted(name, n, sum(people), n) for name, n in zip(names, people, strict=True)]


@given(PARTS)
def test_no_small_part_is_told(people: list[int]) -> None:
    told = shown_parts(people)

    assert all(part >= FEWEST for part, is_told in zip(people, told, strict=True) if is_told)


@given(PARTS)
def test_a_hidden_part_never_stands_alone_and_the_hidden_ones_are_many_together(people: list[int]) -> None:
    told = shown_parts(people)

    hidden = [part for part, is_told in zip(people, told, strict=True) if not is_told]
    is_all_hidden = sum(people) < FEWEST and len(hidden) == len(people)
    assert not hidden or is_all_hidden or (len(hidden) > 1 and sum(hidden) >= FEWEST)


@given(st.lists(st.integers(0, 9), min_size=2, max_size=4).filter(lambda people: sum(people) >= FEWEST))
def test_of_a_hidden_part_nobody_can_work_out_whether_it_is_small(people: list[int]) -> None:
    told = shown_parts(people)

    worlds = list(possible(people, told))
    for index, is_told in enumerate(told):
        if not is_told:
            assert min(world[index] for world in worlds) < FEWEST <= max(world[index] for world in worlds)


@given(st.lists(st.integers(FEWEST, 40), min_size=1, max_size=6))
def test_nothing_is_hidden_where_no_number_is_small(people: list[int]) -> None:
    assert all(shown_parts(people))


@pytest.mark.parametrize(
    ("people", "told"),
    [
        ([37, 3], [False, False]),
        ([30, 12, 3], [True, False, False]),
        ([30, 12, 2, 3], [True, True, False, False]),
        ([30, 12, 2, 1], [True, False, False, False]),
        ([7, 7, 4], [False, True, False]),
    ],
)
def test_the_smallest_of_the_others_is_hidden_with_a_small_one(people: list[int], told: list[bool]) -> None:
    assert shown_parts(people) == told


def test_a_share_of_few_people_is_hidden_however_many_readings_they_have() -> None:
    few, many = Counted("glucose.in_range", 900, 1000, 4), Counted("taken", 900, 1000, 6)

    found = shown(day(40, few, many))

    assert (found["glucose.in_range"].is_hidden, found["glucose.in_range"].share) == (True, None)
    assert (found["taken"].is_hidden, found["taken"].share, found["taken"].people) == (False, 0.9, 6)


def test_how_many_people_a_share_is_of_is_not_told_where_it_tells_of_the_few_others() -> None:
    found = shown(day(40, Counted("taken", 900, 1000, 37), Counted("answered", 900, 1000, 40)))

    assert (found["taken"].share, found["taken"].people) == (0.9, None)
    assert found["answered"].people is None


def test_of_fewer_than_five_patients_nothing_is_told_at_all() -> None:
    figures = day(4, *parts(PRESSURE, 1, 1, 1, 1), *parts(DEVICES, 4, 0, 0, 0), Counted("taken", 9, 10, 4))

    found = shown(figures)

    assert {(each.n, each.of, each.people, each.is_hidden) for each in found.values()} == {(None, None, None, True)}


def test_a_day_that_was_not_counted_shows_nothing() -> None:
    assert shown([]) == {}
