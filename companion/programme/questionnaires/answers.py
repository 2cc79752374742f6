"""Answers held against the questions: what is kept, and what is refused at which question. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from companion.programme.questionnaires.questions import LONGEST_TEXT, Item, ItemKind, Questionnaire

Answers = Mapping[str, tuple[str, ...]]
"""By the question's link: codes that were chosen, a number in digits, or a text."""


class Why(StrEnum):
    """What is wrong with the answer to a question."""

    MISSING = "missing"
    NO_SUCH_QUESTION = "no_such_question"
    NO_SUCH_CHOICE = "no_such_choice"
    ONLY_ONE = "only_one"
    NO_NUMBER = "no_number"
    OUT_OF_BOUNDS = "out_of_bounds"
    TOO_LONG = "too_long"


class Refusal(NamedTuple):
    link: str
    why: Why


class Checked(NamedTuple):
    """`answers` hold only once nothing was refused."""

    answers: Answers
    refusals: Sequence[Refusal]


def check(questionnaire: Questionnaire, given: Mapping[str, Iterable[str]]) -> Checked:
    """Every answer in the order of the questions; empty ones are none. Of a text only its ends are trimmed."""
    filled = {link: tuple(each.strip() for each in said if each.strip()) for link, said in given.items()}
    links = {item.link for item in questionnaire.items}
    refusals = [Refusal(link, Why.NO_SUCH_QUESTION) for link in sorted(filled.keys() - links)]
    answers: dict[str, tuple[str, ...]] = {}
    for item in questionnaire.items:
        said = filled.get(item.link, ())
        why = _wrong(item, said)
        if why is not None:
            refusals.append(Refusal(item.link, why))
        elif said:
            answers[item.link] = tuple(str(int(each)) for each in said) if item.kind is ItemKind.INTEGER else said
    return Checked(answers, refusals)


def still_asked(questionnaire: Questionnaire, answers: Answers) -> dict[str, tuple[str, ...]]:
    """Of answers to another version those that this one takes as they are: what a follow-up begins with."""
    return {
        item.link: answers[item.link]
        for item in questionnaire.items
        if item.link in answers and _wrong(item, answers[item.link]) is None
    }


def _wrong(item: Item, said: Sequence[str]) -> Why | None:
    if not said:
        return Why.MISSING if item.is_required else None
    if len(said) > 1 and not item.takes_many:
        return Why.ONLY_ONE
    match item.kind:
        case ItemKind.CHOICE:
            known = {option.code for option in item.options}
            return None if set(said) <= known and len(set(said)) == len(said) else Why.NO_SUCH_CHOICE
        case ItemKind.INTEGER:
            if not re.fullmatch(r"\d{1,6}", said[0]):
                return Why.NO_NUMBER
            return None if item.low <= int(said[0]) <= item.high else Why.OUT_OF_BOUNDS
        case ItemKind.TEXT:
            return Why.TOO_LONG if len(said[0]) > LONGEST_TEXT else None
