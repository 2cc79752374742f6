"""What cannot stand on a board, whoever would release it: too much, too little, or ways to find somebody. Pure."""

import re

from companion.errors import BadInput

SHORTEST, LONGEST = 8, 1000
FIELD = "words"
_WAYS_TO_FIND = re.compile(
    r"https?://|www\.|\b[\w.+-]+@[\w-]+\.\w+|(?:\+|\b00)\d[\d ()/-]{6,}\d|(?<![\d.,])\d{7,}(?!\d)|微信号|加(?:我)?微信",
    re.IGNORECASE,
)


def checked(words: str) -> str:
    """The words without blanks around them. Raises BadInput with what to write."""
    plain = words.strip()
    if len(plain) < SHORTEST:
        raise BadInput("That is too short to be understood.", where=FIELD, advice="Write a whole sentence.")
    if len(plain) > LONGEST:
        raise BadInput("That is too long.", where=FIELD, advice="Write at most 1000 signs.")
    if _WAYS_TO_FIND.search(plain):
        advice = "Leave out numbers to call, addresses and links: others could find you."
        raise BadInput("It holds a number, an address or a link.", where=FIELD, advice=advice)
    return plain
