"""What an assessment kept of its reasons, in the reader's language: it keeps them as English sentences, not by code."""

import re
from collections.abc import Iterator

from companion.advice.assessing.case import Reason
from companion.advice.assessing.reasons import SENTENCES
from companion.web.in_words.advice_words import reason_words


def kept_words(text: str) -> str:
    """The reason in the reader's language; as it is if nobody knows it."""
    for code, pattern in _KNOWN:
        if found := pattern.fullmatch(text):
            return reason_words(Reason(code, found.groupdict(), text))
    return text


def _known() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every sentence as a pattern; those with more words of their own first, for "{says}" fits everything."""
    for code, sentence in sorted(SENTENCES.items(), key=lambda each: -len(re.sub(r"\{\w+\}", "", each[1]))):
        yield code, re.compile("".join(_pieces(sentence)), re.DOTALL)


def _pieces(sentence: str) -> Iterator[str]:
    """A name that stands twice stands for the same both times."""
    pieces = re.split(r"\{(\w+)\}", sentence)
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            yield re.escape(piece)
        else:
            yield f"(?P={piece})" if piece in pieces[1:place:2] else f"(?P<{piece}>.+?)"


_KNOWN = tuple(_known())
