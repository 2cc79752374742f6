"""Words of an emergency in what somebody writes, on a board or to the desk, in English and Chinese. Pure.

They are looked for generously: a question that only mentions one gets the emergency text, and a call, for nothing; one
that is overlooked waits for somebody who may come tomorrow.
"""

import re
import unicodedata

from companion.programme.red_flag_words import SHORT, SIGNS


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    joined = "|".join(words)
    for short, meant in SHORT.items():
        joined = joined.replace(short, meant)
    return re.compile(joined, re.IGNORECASE)


_PATTERNS = {sign: _pattern(words) for sign, words in SIGNS.items()}
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘`´ʼ＇", "'"))


def red_flags(text: str) -> tuple[str, ...]:
    """The kinds of signs that the text names; none: it names none."""
    plain = " ".join(unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).split())
    return tuple(sign for sign, pattern in _PATTERNS.items() if pattern.search(plain))
