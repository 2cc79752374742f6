"""What patients and families read is said in the words of docs/plain-language.md."""

import re
from pathlib import Path

import pytest

from tests.web.test_i18n import chinese, said_in_the_source

PAGE = Path(__file__).parents[2] / "docs" / "plain-language.md"
FOR_PATIENTS = re.compile(
    r"^web/(templates/(patient|caregiver|one_tap|feeling|supply|sent|programme/for_patients)|for_patients|for_family)/"
)
MOST_WORDS = 40
"""A sentence longer than that nobody reads to its end."""


def words_not_used(column: int) -> list[str]:
    """Of the table: 2 for English, 3 for Chinese, counted from the third column on."""
    rows = [line.split("|")[1:-1] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    cells = [row[column] for row in rows[1:]]
    return [word.strip() for cell in cells for word in re.split("[,、]", cell) if word.strip()]


def for_patients() -> dict[str, str]:
    """What they read, and where it is said."""
    return {said: place for said, place in said_in_the_source().items() if FOR_PATIENTS.match(place)}


def test_the_page_names_words_that_are_not_used() -> None:
    assert "adherence" in words_not_used(2)
    assert "依从性" in words_not_used(3)
    assert len(for_patients()) > 200


def test_no_english_sentence_for_patients_holds_a_word_that_is_not_used() -> None:
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, words_not_used(2)))})\b", re.IGNORECASE)

    found = {said: place for said, place in for_patients().items() if pattern.search(said)}

    assert found == {}


def test_no_chinese_sentence_for_patients_holds_a_word_that_is_not_used() -> None:
    catalogue, pattern = chinese(), re.compile("|".join(words_not_used(3)))

    translated = {said: str(entry.string) for said in for_patients() if (entry := catalogue.get(said)) is not None}

    assert {said: text for said, text in translated.items() if pattern.search(text)} == {}


@pytest.mark.parametrize("word", ["Submit", "Confirm", "OK"])
def test_no_button_for_patients_says_nothing(word: str) -> None:
    assert word not in for_patients()


def test_no_sentence_for_patients_is_too_long() -> None:
    long = {
        sentence: place
        for said, place in for_patients().items()
        for sentence in re.split(r"[.;:?!] ", said)
        if len(sentence.split()) > MOST_WORDS
    }

    assert long == {}
