"""What patients agree to about their health data is kept word for word: the text never changes under its version."""

import hashlib

import pytest

from companion.care.data_consent_texts import VERSION, agreement

AS_AGREED = {
    ("2026-11.1", "en", "60ab535c2431"),
    ("2026-11.1", "zh", "a098e11c09b2"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_changed_text_has_a_new_version(language: str) -> None:
    digest = hashlib.sha256(agreement(language).encode()).hexdigest()[:12]

    assert (VERSION, language, digest) in AS_AGREED, "give the text a new VERSION, and write its hash down here"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_says_why_what_without_and_that_it_can_be_taken_back(language: str) -> None:
    words = {"en": ("needs them", "without them", "take this back"), "zh": ("需要", "没有", "撤回")}

    assert all(word in agreement(language) for word in words[language])
