"""The rules and quizzes that come with the product, or a clinic's own rules: read once and checked."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from companion.errors import BadInput
from companion.programme.points.quizzes import Quiz, quizzes_of
from companion.programme.points.rules import Rules, rules_of

RULES, QUIZZES = "rules.toml", "quizzes.toml"


@lru_cache(maxsize=8)
def load_rules(own: Path | None = None) -> Rules:
    """Those of the clinic's own file, else the shipped ones. Raises BadInput with the file and the field."""
    if own is None:
        return rules_of(_toml(_shipped(RULES), RULES), RULES)
    try:
        text = own.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput("cannot be read", where=own.name, advice="look at COMPANION_POINTS_RULES") from error
    return rules_of(_toml(text, own.name), own.name)


@lru_cache(maxsize=1)
def load_quizzes() -> Mapping[str, Quiz]:
    """By key, in the order of the file."""
    return quizzes_of(_toml(_shipped(QUIZZES), QUIZZES), QUIZZES)


def quizzes_after(guide_key: str) -> list[Quiz]:
    """Those that follow the guide of that key, and are signed with it."""
    return [quiz for quiz in load_quizzes().values() if quiz.guide == guide_key]


def _shipped(name: str) -> str:
    return (files("companion.programme.points") / name).read_text(encoding="utf-8")


def _toml(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"is no TOML: {error}", where=where, advice="mend the line it names") from None
