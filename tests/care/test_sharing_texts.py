"""What patients agree to when they share is kept word for word: a text never changes under its version."""

import hashlib

import pytest

from companion.care.consent import Scope
from companion.care.sharing_texts import AGREED, VERSION, agreement

AS_AGREED = {
    ("2026-11.1", "en", "b4ff60c9da62"),
    ("2026-11.1", "zh", "8995ea2d5694"),
    ("2026-11.2", "en", "8325d6914347"),
    ("2026-11.2", "zh", "ca542bbabfdf"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_changed_text_has_a_new_version(language: str) -> None:
    texts = "\n".join(agreement(language, scope, "…") for scope in sorted(AGREED))

    digest = hashlib.sha256(texts.encode()).hexdigest()[:12]

    assert (VERSION, language, digest) in AS_AGREED, "give the texts a new VERSION, and write their hash down here"


def test_every_scope_has_its_sentence_with_a_name_in_it() -> None:
    sentences = {scope: agreement("en", scope.value, "Li Na") for scope in Scope}

    assert all("Li Na" in sentence for sentence in sentences.values())
    assert all(len(agreement("en", scope.value, "x" * 120)) <= 300 for scope in Scope)
