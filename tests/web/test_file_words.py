"""Why a row or a file was refused, in the reader's language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from companion.web.in_words.file_words import SENTENCES, in_words

ROOT = Path(__file__).parents[2] / "companion"
READERS = sorted([*(ROOT / "devices" / "uploads").glob("*.py"), *(ROOT / "apart").glob("*.py")])
SAY_WHY = {"Skipped": 1, "Rejected": 1, "BadInput": 0}
"""Who says why, and at which place of its arguments."""
FOR_PROGRAMS = ("is no order of dates", "column", "say ", "choose glucose", "load the page again")
"""Said to whoever calls the reader wrongly, and of columns that the page checks itself."""


def sample(node: ast.expr) -> str | None:
    """The sentence with an x wherever something is put in; None for what is no sentence here."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
    return None


def sentences() -> Iterator[str]:
    for path in READERS:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
            if name in SAY_WHY and isinstance(call, ast.Call) and len(call.args) > SAY_WHY[name]:
                said = [sample(call.args[SAY_WHY[name]])]
                said += [sample(keyword.value) for keyword in call.keywords if keyword.arg == "advice"]
                yield from filter(None, said)


@pytest.fixture
def chinese(app: Flask) -> Iterator[None]:
    with app.test_request_context(), force_locale("zh"):
        yield


def test_everything_that_readers_say_is_known(chinese: None) -> None:
    said = {text for text in sentences() if not any(word in text for word in FOR_PROGRAMS)}

    unknown = {text for text in said if in_words(text) == text}

    assert len(said) > 40
    assert unknown == set()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no value", "没有数值"),
        ("may.csv, row 4", "may.csv，第 4 行"),
        ("'mmH' is no unit of pressure", "'mmH' 不是血压的单位"),
        ("glucose 9999 mg/dL is not possible", "血糖 9999 mg/dL 不可能"),
        (
            "the workbook is too large (save the sheet as CSV)",
            "工作簿太大 (请把工作表存为 CSV)",
        ),
        ("a sentence of tomorrow", "a sentence of tomorrow"),
        ("(brackets) alone)", "(brackets) alone)"),
    ],
)
def test_a_reason_is_told_in_the_readers_language(chinese: None, said: str, shown: str) -> None:
    assert in_words(said) == shown


def test_english_stays_as_it_was_said(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        told = [in_words(sentence.replace("%", "")) for sentence in SENTENCES]

    assert told == [sentence.replace("%", "") for sentence in SENTENCES]
