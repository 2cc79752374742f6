"""Passwords that are long and yet guessed at once: the commonest ones, one word again and again, rows of keys, or the
person's own name. NIST SP 800-63B-4 asks for such a list, and for nothing about kinds of characters."""

from companion.errors import BadInput

FEWEST_GUESSES = 10**8
"""zxcvbn's own line between "somewhat" and "safely unguessable"; its lists hold 30,000 of the commonest passwords."""
LOOKED_AT = 72
"""Characters: more say nothing new, and cost time."""


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


def check_is_uncommon(password: str, *known: str | None) -> None:
    """Raises BadInput for one that is guessed at once by who has those lists, and what is `known` of its owner."""
    from zxcvbn import zxcvbn  # here: its lists take a quarter of a second, and only who sets a password waits

    found = zxcvbn(password[:LOOKED_AT], user_inputs=[word for word in known if word])
    if found["guesses"] < FEWEST_GUESSES:
        raise BadInput(
            _("is one of the first that others would try"),
            where="password",
            advice=_("write a short sentence that only you would say"),
        )
