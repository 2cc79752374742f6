"""Each urgent threshold just met and just missed, within its 24 hours."""

from dataclasses import replace
from typing import Any

import pytest

from companion.advice.alarms import urgent
from companion.advice.assessing.assessment import assess
from companion.advice.grammar import registry
from tests.advice.builders import NOW, assessed, case_of, fasting, glucose, outcome_of, plain, pressure


def met(*readings: dict[str, Any], flags: frozenset[str] = frozenset(), **collected: bool | None) -> set[str]:
    case = case_of(plain(readings=list(readings)))
    found = urgent.events(case.glucose, case.pressures, NOW, flags=flags, collected=collected)
    return {event.id for event in found if event.is_urgent}


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ([glucose(5, 53.9)], {"hypo_l2"}),
        ([glucose(5, 54)], set()),
        ([glucose(23.99, 53)], {"hypo_l2"}),
        ([glucose(24, 53)], set()),
        ([glucose(-1, 53)], set()),
        ([glucose(5, None, device_limit="LO")], {"hypo_l2"}),
        ([glucose(5, 10)], set()),
        ([glucose(5, 40, control=True)], set()),
        ([glucose(5, 250), glucose(3, 250)], {"hyper"}),
        ([glucose(5, 250), glucose(3.01, 250)], set()),
        ([glucose(5, 250), glucose(4, 120), glucose(3, 260)], {"hyper"}),
        ([glucose(5, 249.9), glucose(3, 260)], set()),
        ([glucose(25, 250), glucose(3, 250)], set()),
        ([glucose(5, 300), glucose(4.9, 300)], {"hyper_severe"}),
        ([glucose(5, 300), glucose(4.9, 299)], set()),
        ([glucose(8, None, device_limit="HI"), glucose(5, None, device_limit="HI")], {"hyper", "hyper_severe"}),
        ([pressure(2, 180, 90), pressure(2 - 5 / 60, 180, 90)], {"bp_severe"}),
        ([pressure(2, 180, 90), pressure(2 - 4.9 / 60, 180, 90)], set()),
        ([pressure(2, 150, 110), pressure(1, 181, 90)], {"bp_severe"}),
        ([pressure(2, 179, 109), pressure(1, 181, 90)], set()),
        ([pressure(2, 89, 60)], {"bp_low"}),
        ([pressure(2, 90, 60)], set()),
        ([pressure(24, 89, 60)], set()),
    ],
)
def test_a_threshold_is_met_or_not(readings: list[dict[str, Any]], expected: set[str]) -> None:
    assert met(*readings) == expected


def test_what_people_told_counts_where_the_threshold_names_it() -> None:
    assert met(glucose(5, 300), unwell=True) == {"hyper_severe"}
    assert met(glucose(5, 120), unwell=True) == set()
    assert met(pressure(2, 99, 60), dizzy=True) == {"bp_low"}
    assert met(pressure(2, 99, 60), fall=True) == {"bp_low"}
    assert met(pressure(2, 100, 60), fall=True) == set()
    assert met(pressure(2, 181, 90), symptoms=True) == {"bp_emergency"}
    assert met(pressure(2, 180, 120), symptoms=True) == set()
    assert met(pressure(2, 150, 121), symptoms=True) == {"bp_emergency"}
    assert met(pressure(2, 181, 90), symptoms=None) == set()


def test_a_low_that_needed_help_is_urgent_by_itself() -> None:
    assert met(flags=frozenset({"hypo_l3"})) == {"hypo_l3"}


def test_a_first_level_low_is_told_but_not_urgent() -> None:
    case = case_of(plain(readings=[glucose(5, 65), glucose(2, 68)]))

    found = urgent.events(case.glucose, case.pressures, NOW)

    assert [(event.id, event.last_at, event.is_urgent) for event in found] == [("hypo_l1", case.glucose[1].at, False)]


@pytest.mark.parametrize(
    "readings",
    [[glucose(5, 250), glucose(2, 250)], [glucose(5, 300), glucose(4.9, 300)], [pressure(2, 89, 60)]],
)
def test_a_threshold_from_memory_counts_only_where_a_doctor_signed(readings: list[dict[str, Any]]) -> None:
    signed = assessed(readings=[*fasting(150, 148, 155), *readings])
    unsigned = assessed(readings=[*fasting(150, 148, 155), *readings], **{"plan.signed_by": None})

    assert (signed["outcome"], unsigned["outcome"]) == ("urgent", "hold")


def test_other_thresholds_need_no_signer() -> None:
    found = assessed(readings=[glucose(5, 50)], **{"plan.signed_by": None})

    assert (found["outcome"], found["action"]) == ("urgent", "none")


def test_the_outcome_names_what_was_urgent() -> None:
    outcome = outcome_of(plain(readings=[*fasting(150, 148, 155), glucose(5, 50)]))

    assert outcome.urgent == ("hypo_l2",)
    assert outcome.reasons[0].code == "hypo_l2"


def test_a_case_of_the_service_hands_in_what_was_collected() -> None:
    case = case_of(plain(readings=[*fasting(150, 148, 155), pressure(2, 185, 90)]))

    calm = assess(case, registry.load())
    with_symptoms = assess(replace(case, collected={"symptoms": True}), registry.load())

    assert (calm.outcome, with_symptoms.outcome) == ("proposal", "urgent")
