"""Questions as data, answers held against them, and what they come to: pure."""

import hashlib
import json
import re
from copy import deepcopy
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import BadInput
from companion.programme.questionnaires import shelf
from companion.programme.questionnaires.answers import Answers, Refusal, Why, check, still_asked
from companion.programme.questionnaires.fhir_response import given_in, response
from companion.programme.questionnaires.questions import Item, ItemKind, Questionnaire, questionnaire_from
from companion.programme.questionnaires.result import result_of
from tests.web.test_plain_language import MOST_WORDS, words_not_used

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
LOW_SUGAR, ABOUT_ME, PRESSURE = (shelf.find(name) for name in ("low_sugar", "about_me", "pressure_technique"))
PUBLISHED = {
    "about_me-1.0.0.json": "d4853b44ffdb3b77",
    "low_sugar-1.0.0.json": "b1309a16ea2f7bba",
    "pressure_technique-1.0.0.json": "8879229d3292087e",
    "sugar_technique-1.0.0.json": "968f46a4864d9953",
}
"""The beginning of each file's SHA-256: answers are read beside the version that was asked, so it never changes."""
WELL = {"notice": ["always"], "help": ["no"], "carry": ["always"], "others": ["yes"]}


def changed(questionnaire: Questionnaire, change: Any) -> dict[str, Any]:
    """Its document with something else in it."""
    document: dict[str, Any] = json.loads(json.dumps(questionnaire.document))
    change(document)
    return document


def possible(item: Item) -> st.SearchStrategy[list[str]]:
    """Anything that may be answered to that question."""
    codes = st.sampled_from([option.code for option in item.options] or [""])
    match item.kind:
        case ItemKind.CHOICE if item.takes_many:
            return st.lists(codes, min_size=1, unique=True)
        case ItemKind.CHOICE:
            return codes.map(lambda code: [code])
        case ItemKind.INTEGER:
            return st.integers(item.low, item.high).map(lambda number: [str(number)])
    return (
        st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=200)
        .filter(str.strip)
        .map(lambda text: [text])
    )


@st.composite
def filled(draw: st.DrawFn) -> tuple[Questionnaire, dict[str, list[str]]]:
    """A questionnaire with answers that may be given to it."""
    questionnaire = draw(st.sampled_from(shelf.newest()))
    items = [item for item in questionnaire.items if item.is_required or draw(st.booleans())]
    return questionnaire, {item.link: draw(possible(item)) for item in items}


# The files


def test_every_file_is_named_by_what_it_holds() -> None:
    folder = resources.files("companion.programme.questionnaires") / "data"

    names = {file.name for file in folder.iterdir()}

    assert names == {f"{each.name}-{each.version}.json" for each in shelf.every_version()}


def test_a_version_that_was_published_is_still_what_it_was() -> None:
    folder = resources.files("companion.programme.questionnaires") / "data"

    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:16] for file in folder.iterdir()}

    assert {name: digests.get(name) for name in PUBLISHED} == PUBLISHED
    assert set(digests) == set(PUBLISHED), "a change is a new file: add its digest here"


def test_every_text_for_patients_is_plain_in_both_languages() -> None:
    words = {"en": rf"\b({'|'.join(words_not_used(2))})\b", "zh": "|".join(words_not_used(3))}
    texts = [
        said
        for each in shelf.newest()
        for said in (
            each.title, each.about, *(band.words for band in each.bands),
            *(item.words for item in each.items), *(item.tip for item in each.items if item.tip),
            *(option.words for item in each.items for option in item.options),
        )
    ]  # fmt: skip

    odd = [said[tongue] for said in texts for tongue, known in words.items() if re.search(known, said[tongue], re.I)]

    assert odd == []
    assert all(len(said["en"].split()) <= MOST_WORDS for said in texts)


def test_every_self_test_has_words_for_every_score_and_says_what_stands_behind_it() -> None:
    for each in shelf.every_version():
        assert each.evidence in ("stored", "secondary", "product")
        assert each.source
        if each.is_self_test:
            assert each.bands[-1].at_least == 0
            assert each.bands[0].at_least <= each.most


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda d: d.update(status="draft"), "resourceType"),
        (lambda d: d.update(url="urn:other"), "url"),
        (lambda d: d["item"].append(deepcopy(d["item"][0])), "item"),
        (lambda d: d["item"][0].update(type="attachment"), "item/0/type"),
        (lambda d: d["item"][0].pop("answerOption"), "item/0/answerOption"),
        (lambda d: d["item"][0].pop("_text"), "item/0/text"),
        (lambda d: d["extension"].clear(), "extension/evidence"),
        (lambda d: d["extension"][-1]["extension"][0].update(valueInteger=1), "extension/result"),
    ],
)
def test_a_file_that_says_too_little_is_refused_with_its_place(change: Any, where: str) -> None:
    document = changed(LOW_SUGAR, change)

    with pytest.raises(BadInput) as refused:
        questionnaire_from(document)

    assert refused.value.where == where


# Answers


@given(filled())
def test_whatever_may_be_answered_is_kept_and_comes_back_through_fhir(
    case: tuple[Questionnaire, dict[str, list[str]]],
) -> None:
    questionnaire, given_answers = case

    checked = check(questionnaire, given_answers)
    told = response(questionnaire, checked.answers, answer_id="qa_1", patient="pt_1", at=NOON, language="zh")
    again = given_in(json.loads(json.dumps(told)))

    assert checked.refusals == []
    assert (again.name, again.version) == (questionnaire.name, questionnaire.version)
    assert check(questionnaire, again.answers).answers == checked.answers


@given(st.dictionaries(st.sampled_from([*(item.link for item in ABOUT_ME.items), "other"]), st.lists(st.text())))
def test_whatever_is_sent_is_either_kept_or_refused_at_its_question(sent: dict[str, list[str]]) -> None:
    checked = check(ABOUT_ME, sent)

    refused = {refusal.link for refusal in checked.refusals}
    filled_in = {link for link, said in sent.items() if any(each.strip() for each in said)}
    assert filled_in <= refused | checked.answers.keys()
    assert not refused & checked.answers.keys()
    assert {"allergy", "own_medicines"} <= refused | checked.answers.keys()


@pytest.mark.parametrize(
    ("link", "said", "why"),
    [
        ("allergy", [], Why.MISSING),
        ("allergy", ["perhaps"], Why.NO_SUCH_CHOICE),
        ("allergy", ["none", "new"], Why.ONLY_ONE),
        ("walking", ["a lot"], Why.NO_NUMBER),
        ("walking", ["8"], Why.OUT_OF_BOUNDS),
        ("history", ["stroke", "stroke"], Why.NO_SUCH_CHOICE),
        ("history_more", ["x" * 1001], Why.TOO_LONG),
        ("dose", ["16"], Why.NO_SUCH_QUESTION),
    ],
)
def test_what_does_not_fit_is_refused_with_question_and_reason(link: str, said: list[str], why: Why) -> None:
    sent = {"allergy": ["none"], "own_medicines": ["none"]} | {link: said}

    assert check(ABOUT_ME, sent).refusals == [Refusal(link, why)]


def test_a_follow_up_begins_with_what_the_new_version_still_asks() -> None:
    def without_stroke(document: dict[str, Any]) -> None:
        history = next(item for item in document["item"] if item["linkId"] == "history")
        history["answerOption"] = [o for o in history["answerOption"] if o["valueCoding"]["code"] != "stroke"]
        document["item"] = [item for item in document["item"] if item["linkId"] != "sleep"]

    newer = questionnaire_from(changed(ABOUT_ME, without_stroke))
    before: Answers = {"history": ("stroke",), "sleep": ("well",), "walking": ("3",)}

    assert still_asked(newer, before) == {"walking": ("3",)}


# What they come to


def test_full_points_have_the_best_words_and_no_tip() -> None:
    result = result_of(LOW_SUGAR, check(LOW_SUGAR, WELL).answers)

    assert (result.score, result.most, result.red, result.tips) == (4, 4, (), ())
    assert result.words is not None
    assert result.words["en"] == "You are well prepared."


@pytest.mark.parametrize(("link", "said"), [("notice", "never"), ("notice", "seldom"), ("help", "yes")])
def test_a_low_that_nobody_notices_or_that_took_help_is_for_the_clinic(link: str, said: str) -> None:
    result = result_of(LOW_SUGAR, check(LOW_SUGAR, WELL | {link: [said]}).answers)

    assert result.red == (link,)
    assert result.score == 3


@given(st.lists(st.sampled_from(["always", "sometimes", "never"]), min_size=8, max_size=8))
def test_one_step_done_better_never_means_fewer_points_nor_worse_words(said: list[str]) -> None:
    links = [item.link for item in PRESSURE.items]
    place = {band.words["en"]: band.at_least for band in PRESSURE.bands}

    now = result_of(PRESSURE, dict(zip(links, ((each,) for each in said), strict=True)))
    better = result_of(PRESSURE, dict(zip(links, ((each,) for each in ["always", *said[1:]]), strict=True)))

    assert now.words is not None
    assert better.words is not None
    assert now.score <= better.score
    assert place[now.words["en"]] <= place[better.words["en"]]
    assert len(now.tips) == now.most - now.score


# FHIR


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"resourceType": "Questionnaire"}, "resourceType"),
        ({"status": "in-progress"}, "status"),
        ({"questionnaire": "http://elsewhere.example/q"}, "questionnaire"),
        ({"item": {}}, "item"),
        ({"item": [{"answer": []}]}, "item/0/linkId"),
        ({"item": [{"linkId": "walking", "answer": [{"valueInteger": True}]}]}, "item/0/answer/0"),
        ({"item": [{"linkId": "a", "item": [{"linkId": "b", "answer": [{}]}]}]}, "item/0/item/0/answer/0"),
    ],
)
def test_a_response_that_is_none_is_refused_with_its_place(change: dict[str, Any], where: str) -> None:
    plain = {"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": ABOUT_ME.canonical}

    with pytest.raises(BadInput) as refused:
        given_in(plain | change)

    assert refused.value.where == where
