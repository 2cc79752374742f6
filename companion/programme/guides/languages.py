"""In which language a version of a guide is read. Pure."""

from typing import NamedTuple, Protocol

LANGUAGES = ("en", "zh")


class Written(Protocol):
    """What stands in a version, in the two languages; one may be empty."""

    title_en: str
    title_zh: str
    text_en: str
    text_zh: str
    changed_en: str
    changed_zh: str


class Told(NamedTuple):
    """A version as one reads it. `language`: in which it is, where that is not the reader's own."""

    title: str
    text: str
    changed: str
    language: str


def told(version: Written, reader: str) -> Told:
    """In the reader's language where there is a text in it, else in the other."""
    order = sorted(languages_of(version), key=lambda each: each != reader)
    chosen = order[0]
    title, text, changed = (str(getattr(version, f"{what}_{chosen}")) for what in ("title", "text", "changed"))
    return Told(title, text, changed, chosen)


def languages_of(version: Written) -> tuple[str, ...]:
    """Those it is written in."""
    return tuple(each for each in LANGUAGES if getattr(version, f"text_{each}"))
