"""What a new version of a guide says otherwise, sentence by sentence. Pure."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from companion.programme.guides.markdown import plain

_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*")


class Difference(NamedTuple):
    """One sentence that is `new`, or one that is there no more."""

    is_new: bool
    sentence: str


def differences(old: str, new: str) -> tuple[Difference, ...]:
    """In the order of the text; what stayed is left out."""
    before, after = list(sentences(old)), list(sentences(new))
    found: list[Difference] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            found += [Difference(False, each) for each in before[i1:i2]]
            found += [Difference(True, each) for each in after[j1:j2]]
    return tuple(found)


def sentences(text: str) -> Iterator[str]:
    """Of a text in Markdown, without its signs."""
    for part in plain(text):
        yield from (each for each in _END.split(part) if each)
