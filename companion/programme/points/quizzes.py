"""Short quizzes after guides, as data: questions with choices, one of them right. Pure.

They ask how to measure and what to keep in mind, never how much of a medicine.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from companion.errors import BadInput
from companion.programme.points.rules import Text


class Question(NamedTuple):
    """`right`: the place of the right choice, from 0. `why` is told with the answer."""

    text: Text
    choices: tuple[Text, ...]
    right: int
    why: Text


class Quiz(NamedTuple):
    """`guide`: the key of the guide it follows. `source`: what the right answers rest on."""

    key: str
    guide: str
    title: Text
    source: str
    questions: tuple[Question, ...]

    def rights(self, answers: Sequence[int | None]) -> tuple[bool, ...]:
        """Question by question whether it was answered rightly; what was left out was not."""
        return tuple(question.right == given for question, given in zip(self.questions, answers, strict=True))


def digest_of(quizzes: Sequence[Quiz]) -> str | None:
    """SHA-256 of every word and right answer of those quizzes; None: there are none. Whoever reviews the guide before
    them stands for this, and other words need another review."""
    if not quizzes:
        return None
    return hashlib.sha256(json.dumps(quizzes, ensure_ascii=False).encode()).hexdigest()


def quizzes_of(raw: Mapping[str, Any], file: str) -> Mapping[str, Quiz]:
    """By key, of a file that was read as TOML. Raises BadInput with the file and the field."""
    found: dict[str, Quiz] = {}
    for place, each in enumerate(raw.get("quiz", ()), start=1):
        quiz = _quiz(each, f"{file}: quiz[{place}]")
        if quiz.key in found:
            raise BadInput(f"{quiz.key!r} stands there twice", where=f"{file}: quiz[{place}].key", advice="rename one")
        found[quiz.key] = quiz
    return found


def _quiz(raw: Mapping[str, Any], where: str) -> Quiz:
    key, guide, source = (str(raw.get(name, "")) for name in ("key", "guide", "source"))
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,29}", key) or not guide or not source:
        raise BadInput("lacks its key, guide or source", where=where, advice="write all three")
    questions = tuple(
        _question(each, f"{where}.question[{place}]") for place, each in enumerate(raw.get("question", ()), start=1)
    )
    if not questions:
        raise BadInput("asks nothing", where=where, advice="write at least one question")
    return Quiz(key, guide, _text(raw.get("title"), f"{where}.title"), source, questions)


def _question(raw: Mapping[str, Any], where: str) -> Question:
    choices = tuple(_text(each, f"{where}.choices") for each in raw.get("choices", ()))
    right = raw.get("right")
    if len(choices) < 2 or not isinstance(right, int) or not 0 <= right < len(choices):
        raise BadInput("has no right choice", where=f"{where}.right", advice="name the place of one, from 0")
    return Question(_text(raw.get("text"), where), choices, right, _text(raw.get("why"), f"{where}.why"))


def _text(raw: Any, where: str) -> Text:
    if not isinstance(raw, Mapping) or not (raw.get("en") and raw.get("zh")):
        raise BadInput("is not said in both languages", where=where, advice='write { en = "…", zh = "…" }')
    return Text(str(raw["en"]), str(raw["zh"]))
