"""An urgent text as who signs it reads it: what is filled in as it is sent stands as a marked place."""

from companion.i18n import translate


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


PLACES = {"emergency": _("[the emergency number]"), "clinic": _("[the clinic]"), "name": _("[the patient's name]")}
"""By the name in the text. The emergency number is that of where each patient lives, so none stands here."""


def text_shown(text: str, language: str) -> str:
    """The text, in its own language, with "[the emergency number]" where `%(emergency)s` was written."""
    for name, place in PLACES.items():
        text = text.replace(f"%({name})s", translate(language, place))
    return text
