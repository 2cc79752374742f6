"""Who stands first in a doctor's queue, what a filter shows, and what each is about in a word."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.advice.assessing.case import GateResult
from companion.advice.assessing.gates import GATES
from companion.web.for_doctors.checks import Check, by_weight, check_of
from companion.web.for_doctors.queue_order import (
    About,
    Marks,
    Risk,
    Show,
    about_of,
    is_shown,
    masked,
    measured_on_days,
    risk_of,
)

RAISE = Marks(
    is_urgent=False, action="increase", is_covered=False, is_second=False, is_question=False, is_put_off=False
)
LOWER = replace(RAISE, action="decrease")


def line(name: str, value: float | None, threshold: float = 0) -> dict[str, object]:
    return {"name": name, "value": value, "threshold": threshold, "n": 3}


def test_urgent_comes_first_then_what_is_lowered_then_a_second_signature_then_what_is_raised() -> None:
    found = [replace(RAISE, is_urgent=True), LOWER, replace(RAISE, is_second=True), RAISE]

    assert [risk_of(marks) for marks in found] == sorted(Risk)


def test_a_lowered_dose_is_no_less_pressing_for_a_second_signature() -> None:
    assert risk_of(replace(LOWER, is_second=True)) is Risk.LOWERS


ALL_MARKS = [
    Marks(urgent, action, covered, second, question, put_off)
    for urgent, action, covered, second, question, put_off in product(
        (False, True), ("increase", "decrease"), *[(False, True)] * 4
    )
]


@pytest.mark.parametrize("show", [show for show in Show if show is not Show.PUT_OFF])
def test_what_was_put_off_is_only_where_it_is_asked_for(show: Show) -> None:
    shown = [marks for marks in ALL_MARKS if is_shown(show, marks)]

    assert shown
    assert not any(marks.is_put_off for marks in shown)


def test_all_shows_everything_but_what_was_put_off_and_put_off_the_rest() -> None:
    everywhere = [is_shown(Show.ALL, marks) + is_shown(Show.PUT_OFF, marks) for marks in ALL_MARKS]

    assert set(everywhere) == {1}


@pytest.mark.parametrize(("one", "other"), [(Show.MINE, Show.COVERED), (Show.INCREASES, Show.DECREASES)])
def test_two_filters_part_the_queue_between_them(one: Show, other: Show) -> None:
    here = [marks for marks in ALL_MARKS if is_shown(Show.ALL, marks)]

    assert all(is_shown(one, marks) != is_shown(other, marks) for marks in here)


@pytest.mark.parametrize(
    ("action", "lines", "about"),
    [
        ("decrease", [line("lowest_glucose_7d", 66, 70)], About.LOWS),
        ("decrease", [line("lowest_glucose_7d", 70, 70)], About.DECREASE),
        ("decrease", [line("lowest_glucose_7d", None, 70)], About.DECREASE),
        ("increase", [line("mean_fasting_last3", 151, 130)], About.GLUCOSE_HIGH),
        ("increase", [line("mean_systolic", 128, 135), line("mean_diastolic", 86, 85)], About.PRESSURE_HIGH),
        ("increase", [line("mean_fasting_last3", 120, 130)], About.INCREASE),
        ("increase", [], About.INCREASE),
    ],
)
def test_the_tag_says_what_the_values_say(action: str, lines: list[dict[str, object]], about: About) -> None:
    assert about_of(action, lines) is about


def test_how_much_was_measured_is_said_where_it_was_counted() -> None:
    assert measured_on_days([line("fasting_values", 3, 3), line("fasting_days", 2, 3)]) == (3, 2)
    assert measured_on_days([line("pressure_readings", 26, 12), line("pressure_days", 7, 7)]) == (26, 7)
    assert measured_on_days([line("fasting_values", None, 3)]) is None


@pytest.mark.parametrize(("name", "shown"), [("王秀英", "王**"), ("Anna Berg", "A** B**"), (" Ann  O ", "A** O**")])
def test_a_masked_name_keeps_the_first_letters(name: str, shown: str) -> None:
    assert masked(name) == shown


@given(st.text(min_size=2).filter(lambda name: len(name.split()) == 1 and "*" not in name))
def test_of_a_masked_word_nothing_is_left_but_its_first_letter(name: str) -> None:
    assert masked(name) == name.split()[0][0] + "**"


# Checks


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.id)
def test_a_closed_gate_says_what_it_stops(gate: object) -> None:
    stops = {"block_all": Check.NO_CHANGE, "route_urgent": Check.URGENT, "block_increase": Check.NO_INCREASE}

    found = check_of(GateResult(gate.id, False, None, None))  # type: ignore[attr-defined]

    assert found is stops[gate.effect]  # type: ignore[attr-defined]


def test_a_check_passed_because_nobody_knows_is_not_in_order() -> None:
    unknown, known = GateResult("G02", True, None, False), GateResult("G02", True, False, False)

    assert (check_of(unknown), check_of(known)) == (Check.LOOK, Check.OK)


def test_nobody_has_to_look_at_a_change_that_never_was() -> None:
    assert check_of(GateResult("G05", True, None, 3)) is Check.OK


def test_what_stops_most_is_read_first() -> None:
    gates = [
        GateResult("G02", True, False, False),
        GateResult("G07", False, 66, 70),
        GateResult("G14", False, True, False),
    ]

    assert [gate.id for _check, gate in by_weight(gates)] == ["G14", "G07", "G02"]
