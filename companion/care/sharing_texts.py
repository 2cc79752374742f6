"""The words in which a patient lets somebody see their data. Pure.

What was agreed to is kept word for word with its version in the care link, so a text here never changes without a new
VERSION; tests/care holds that.
"""

from companion.i18n import translate

VERSION = "2026-11.2"


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


AGREED = {
    "care": _(
        "I agree that %(name)s sees my values, my medicines and my messages here, in order to treat me."
        " I can end it at any time."
    ),
    "missed_doses": _(
        "I agree that %(name)s sees whether I take my medicines and is told when I do not, but not which medicines"
        " they are. I can end it at any time."
    ),
    "readings": _(
        "I agree that %(name)s sees my blood sugar and blood pressure and is told of values that cannot wait."
        " I can end it at any time."
    ),
    "medicines": _(
        "I agree that %(name)s, at the pharmacist desk, sees how I take my medicines and how long my packs last, in"
        " order to help me with both. I can end it at any time."
    ),
}
"""By scope (consent.Scope)."""


def agreement(language: str, scope: str, name: str) -> str:
    """The whole sentence a patient agrees to; `name` is who may see."""
    return translate(language, AGREED[scope], name=name)
