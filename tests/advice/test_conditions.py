"""The language of conditions: what it means, and what it refuses."""

from fractions import Fraction
from typing import Any

import pytest

from companion.advice.grammar.conditions import parse
from companion.advice.grammar.vocabulary import NOTHING, VOCABULARY
from companion.errors import BadInput


def holds(text: str, **inputs: Any) -> bool | None:
    defined = {"overbasal": parse("dose >= 0.5 * weight_kg or mean(bedtime_7d) >= 200", "definitions")}
    return parse(text, "here", defined).holds(dict.fromkeys(VOCABULARY, NOTHING) | inputs)


F = Fraction


@pytest.mark.parametrize(
    ("text", "inputs", "expected"),
    [
        ("dose < 3", {"dose": F(2)}, True),
        ("dose != 3", {"dose": F(3)}, False),
        ("dose * 0.1 == 0.3", {"dose": F(3)}, True),
        ("dose / 3 + 1 - 1 == 1 / 3", {"dose": F(1)}, True),
        ("not dialysis", {"dialysis": False}, True),
        ('diabetes_type == "type2"', {"diabetes_type": "type2"}, True),
        ('starts_with(targets_profile, "ada_older")', {"targets_profile": "ada_older_poor"}, True),
        ("lowest(events_7d) < 54", {"events_7d": (F(60), F(53))}, True),
        ("mean(fasting_7d) == 100.5", {"fasting_7d": (F(100), F(101))}, True),
        ("mean_last(fasting_7d, 2) == 3", {"fasting_7d": (F(9), F(2), F(4))}, True),
        ("count_below(fasting_7d, 80) == 1", {"fasting_7d": (F(80), F(79))}, True),
        ("(dialysis or cuffless) and dose > 1", {"dialysis": False, "cuffless": True, "dose": F(2)}, True),
    ],
)
def test_a_condition_means_what_it_says(text: str, inputs: dict[str, Any], expected: bool) -> None:
    assert holds(text, **inputs) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("weight_kg > 1", None),
        ("not weight_kg > 1", None),
        ("weight_kg > 1 or dialysis", True),
        ("weight_kg > 1 and dialysis", None),
        ("weight_kg > 1 and cuffless", False),
        ("weight_kg > 1 or cuffless", None),
        ("overbasal", None),
    ],
)
def test_a_null_leaves_open_what_it_could_change(text: str, expected: bool | None) -> None:
    assert holds(text, weight_kg=None, dose=F(9), dialysis=True, cuffless=False, bedtime_7d=()) is expected


@pytest.mark.parametrize("text", ["lowest(events_7d) < 54", "mean(events_7d) >= 0", "mean_last(fasting_7d, 3) > 1"])
def test_nothing_measured_is_no_null_and_no_comparison_with_it_holds(text: str) -> None:
    assert holds(text, events_7d=(), fasting_7d=(F(100), F(100))) is False


def test_a_definition_stands_for_its_condition_and_its_names() -> None:
    defined = {"overbasal": parse("dose >= 0.5 * weight_kg", "definitions")}

    condition = parse("overbasal and dialysis", "here", defined)

    assert condition.names == {"dose", "weight_kg", "dialysis"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("dose >", "not a condition"),
        ("dose", "not true or false"),
        ("3", "not true or false"),
        ("dosage > 3", "unknown name 'dosage'"),
        ("1 < dose < 3", "not part of the language"),
        ("dialysis and cuffless or dose > 1", "needs brackets"),
        ("dose > 1 or dialysis and cuffless", "needs brackets"),
        ("dose and dialysis", "not a bool"),
        ("dialysis > 1", "cannot be compared"),
        ('diabetes_type > "type1"', "cannot be compared"),
        ("diabetes_type == 2", "not a text"),
        ("fasting_7d > 1", "cannot be compared"),
        ("mean(dose) > 1", "not a series"),
        ("mean(fasting_7d, 3) > 1", "not a function with 2 arguments"),
        ("mode(fasting_7d) > 1", "not a function"),
        ("dose ** 2 > 1", "not part of the language"),
        ("dose is None", "not part of the language"),
        ("dose > True", "not a number or text"),
        ("__import__('os').system('true')", "not part of the language"),
        ("(lambda: dialysis)()", "not part of the language"),
        ("dialysis if cuffless else dialysis", "not part of the language"),
        ("dose > 1\nor dialysis", "one line"),
        ("\0", "not a condition"),
    ],
)
def test_what_the_language_does_not_have_is_refused_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason) as refused:
        parse(text, "basal.toml:7", {})

    assert refused.value.where == "basal.toml:7"
