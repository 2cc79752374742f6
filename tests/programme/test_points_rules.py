"""Rules of points are data, and no data can make medicine earn or buy anything."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import BadInput
from companion.programme.points.quizzes import quizzes_of
from companion.programme.points.rules import Event, Rules, rules_of
from companion.programme.points.shipped import load_quizzes, load_rules


def raw(**changed: Any) -> dict[str, Any]:
    """A small file of rules."""
    name = {"en": "A walk", "zh": "散步"}
    return {
        "life_days": 30,
        "rule": [{"event": "measured", "points": 2}],
        "tier": [{"key": "begun", "name": name, "least": 0}],
        "reward": [{"key": "walk", "name": name, "cost": 10, "valid_days": 5}],
    } | changed


def test_the_shipped_rules_are_for_learning_measuring_and_answering() -> None:
    rules = load_rules()

    assert {rule.event for rule in rules.rules} == set(Event)
    assert {event.value for event in Event} == {"guide_read", "quiz_passed", "measured", "answered"}


@pytest.mark.parametrize("event", ["taken", "dose_taken", "rx_bought", "refill", "adherence", "", None, 3])
def test_no_other_event_earns(event: object) -> None:
    with pytest.raises(BadInput) as told:
        rules_of(raw(rule=[{"event": event, "points": 2}]), "own.toml")

    assert told.value.where.startswith("own.toml: rule[1]")


@pytest.mark.parametrize(
    "name",
    [
        {"en": "A discount on prescription drugs", "zh": "折扣"},
        {"en": "For each dose taken", "zh": "奖励"},
        {"en": "RX coupon", "zh": "券"},
        {"en": "A gift", "zh": "买药优惠"},
        {"en": "10 % off insulin", "zh": "九折"},
    ],
)
def test_a_reward_that_names_medicine_is_refused_with_its_place(name: dict[str, str]) -> None:
    reward = {"key": "gift", "name": name, "cost": 10, "valid_days": 5}

    with pytest.raises(BadInput, match="medicine earns and buys no points") as told:
        rules_of(raw(reward=[reward]), "own.toml")

    assert told.value.where.startswith("own.toml: reward[1]: name")


@given(
    place=st.sampled_from(["key", "note", "title"]),
    word=st.sampled_from(["taken", "prescription", "rx", "dose", "medicine", "处方", "药"]),
    before=st.sampled_from(["", "more ", "all "]),
)
def test_such_a_word_is_found_wherever_it_stands(place: str, word: str, before: str) -> None:
    with pytest.raises(BadInput):
        rules_of(raw(extra=[{"deep": [{place: f"{before}{word}"}]}]), "own.toml")


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"life_days": 0}, "life_days"),
        ({"life_days": True}, "life_days"),
        ({"rule": []}, "rule"),
        ({"rule": [{"event": "measured", "points": -1}]}, "rule[1].points"),
        ({"rule": [{"event": "measured", "points": 1}] * 2}, "rule.event"),
        ({"tier": [{"key": "high", "name": {"en": "High", "zh": "高"}, "least": 5}]}, "tier.least"),
        ({"reward": [{"key": "walk", "name": {"en": "A walk"}, "cost": 1, "valid_days": 1}]}, "reward[1].name"),
        ({"reward": [{"key": "A WALK", "name": {"en": "W", "zh": "走"}, "cost": 1, "valid_days": 1}]}, "reward[1].key"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(changed: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInput) as told:
        rules_of(raw(**changed), "own.toml")

    assert told.value.where == f"own.toml: {where}"
    assert told.value.advice


def test_a_clinics_own_file_is_read_and_a_missing_one_is_told(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('life_days = 9\n[[rule]]\nevent = "answered"\npoints = 1\n', encoding="utf-8")

    with pytest.raises(BadInput, match="there is none"):
        load_rules(own)
    with pytest.raises(BadInput, match="cannot be read"):
        load_rules(tmp_path / "none.toml")


def test_every_shipped_quiz_has_a_right_answer_and_a_reason_in_both_languages() -> None:
    for quiz in load_quizzes().values():
        rights = [question.right for question in quiz.questions]
        assert quiz.rights(rights) == (True,) * len(rights)
        assert not any(quiz.rights([None] * len(rights)))
        assert all(question.why.en and question.why.zh for question in quiz.questions)


@pytest.mark.parametrize("right", [None, -1, 2, "0"])
def test_a_question_without_a_right_choice_is_refused(right: object) -> None:
    text = {"en": "a", "zh": "甲"}
    question = {"text": text, "choices": [text, text], "right": right, "why": text}

    with pytest.raises(BadInput, match="no right choice"):
        quizzes_of({"quiz": [{"key": "q", "guide": "g", "source": "s", "title": text, "question": [question]}]}, "q")


def test_an_event_without_a_rule_gives_nothing() -> None:
    rules: Rules = rules_of(raw(), "own.toml")

    assert (rules.points_for(Event.MEASURED), rules.points_for(Event.QUIZ_PASSED)) == (2, 0)
