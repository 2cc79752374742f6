"""How many SMS segments a text takes. Pure.

3GPP TS 23.038, 6.2.1 and 23.040, 9.2.3.24.1: a message carries 140 octets, which is 160 characters of 7 bits or 70 of
16. A longer text is cut into parts that also carry a header of 6 octets: 153 or 67 characters each. One character
outside the 7-bit alphabet, a curly quote will do, turns the whole text to 16 bits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
"""Of the extension table: an escape and the character, two places."""


class Alphabet(StrEnum):
    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


ALONE = {Alphabet.GSM_7: 160, Alphabet.UCS_2: 70}
IN_PARTS = {Alphabet.GSM_7: 153, Alphabet.UCS_2: 67}


@dataclass(frozen=True, slots=True)
class Length:
    """A text as the network counts it. `places`: septets or 16-bit units; `room`: so many fit into its segments."""

    alphabet: Alphabet
    places: int
    segments: int

    @property
    def room(self) -> int:
        return ALONE[self.alphabet] if self.segments == 1 else self.segments * IN_PARTS[self.alphabet]


def length(text: str) -> Length:
    """How the text goes out; an empty one is one segment."""
    alphabet = Alphabet.GSM_7 if BASIC.union(EXTENDED).issuperset(text) else Alphabet.UCS_2
    widths = [_width(character, alphabet) for character in text]
    places = sum(widths)
    return Length(alphabet, places, 1 if places <= ALONE[alphabet] else _parts(widths, IN_PARTS[alphabet]))


def is_one_segment(text: str) -> bool:
    """Whether the text is paid, and arrives, as one."""
    return length(text).segments == 1


def _width(character: str, alphabet: Alphabet) -> int:
    """Places it takes: two for the extension table, and for what UTF-16 writes as a pair (an emoji)."""
    if alphabet is Alphabet.GSM_7:
        return 2 if character in EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1


def _parts(widths: Iterable[int], room: int) -> int:
    """A character of two places is never cut in two: a part may end one place early."""
    parts, used = 1, 0
    for width in widths:
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return parts
