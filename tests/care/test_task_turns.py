"""Who hears of an urgent task, and when: in turns, nobody twice, and it always ends."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.care.task_turns import TAKEN_WITHIN, Step, Turn, groups_of, next_step

NINE = datetime(2026, 3, 4, 9, tzinfo=UTC)
DOCTOR, SECOND, THIRD, ADMIN = 1, 2, 3, 9
EVERYBODY = groups_of([DOCTOR, SECOND, THIRD], [ADMIN])


def later(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def test_the_first_doctor_hears_at_once() -> None:
    step = next_step(EVERYBODY, set(), NINE, NINE)

    assert step == Step(((Turn.DOCTOR, DOCTOR),), later(15))


@pytest.mark.parametrize(
    ("minutes", "told", "step"),
    [
        (14, {DOCTOR}, Step((), later(15))),
        (15, {DOCTOR}, Step(((Turn.TEAM, SECOND), (Turn.TEAM, THIRD)), later(30))),
        (30, {DOCTOR, SECOND, THIRD}, Step(((Turn.ADMIN, ADMIN),))),
        (31, {DOCTOR, SECOND, THIRD, ADMIN}, Step()),
        (60, set(), Step(((Turn.DOCTOR, DOCTOR), (Turn.TEAM, SECOND), (Turn.TEAM, THIRD), (Turn.ADMIN, ADMIN)))),
    ],
)
def test_the_next_hear_after_a_quarter_of_an_hour_each(minutes: float, told: set[int], step: Step) -> None:
    assert next_step(EVERYBODY, told, NINE, later(minutes)) == step


def test_a_group_without_anybody_is_not_waited_for() -> None:
    assert next_step(groups_of([], [ADMIN]), set(), NINE, NINE) == Step(((Turn.ADMIN, ADMIN),))
    assert next_step(groups_of([DOCTOR], []), set(), NINE, NINE) == Step(((Turn.DOCTOR, DOCTOR),))
    assert next_step(groups_of([], []), set(), NINE, NINE) == Step()


people = st.lists(st.integers(1, 6), max_size=4, unique=True)


@given(people, people, st.lists(st.integers(0, 40), max_size=12))
def test_it_always_ends_with_everybody_told_once(team: list[int], admins: list[int], waits: list[int]) -> None:
    groups, now = groups_of(team, admins), NINE
    told: list[int] = []

    for minutes in waits:
        now += timedelta(minutes=minutes)
        told += [person for _, person in next_step(groups, told, NINE, now).tell]
    step = next_step(groups, told, NINE, NINE + 3 * TAKEN_WITHIN)
    told += [person for _, person in step.tell]

    assert step.look_at is None
    assert sorted(told) == sorted({*team, *admins})


@given(people, people, st.integers(0, 60))
def test_the_next_look_is_always_ahead(team: list[int], admins: list[int], minutes: int) -> None:
    step = next_step(groups_of(team, admins), set(), NINE, later(minutes))

    assert step.look_at is None or step.look_at > later(minutes)
