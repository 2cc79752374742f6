"""Two languages, complete: English is the source, Simplified Chinese stands in a gettext catalogue."""

import io
import re
from functools import lru_cache
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES = {"en": "English", "zh": "中文"}
SOURCE_LANGUAGE = "en"
PSEUDO_LANGUAGE = "pseudo"
"""English as nobody says it: [Ťěẋť łîķě ťĥîš~~~~], longer by two fifths. Plain letters in it were never translated. It
is for tests, and offered to nobody."""

_ACCENTED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "áƀčďěƒğĥîĵķłḿňőƥɋřšťűṽŵẋýžÁɃČĎĚƑĞĤÎĴĶŁḾŇŐƤɊŘŠŤŰṼŴẊÝŽ"
)
_PLACEHOLDER = re.compile(r"(%\(\w+\)[sd]|%%|\{\w+\})")


class _PseudoTranslations(NullTranslations):
    """Every message accented, bracketed and longer, its placeholders as they are."""

    def gettext(self, message: str) -> str:
        parts = _PLACEHOLDER.split(message)
        said = "".join(part if n % 2 else part.translate(_ACCENTED) for n, part in enumerate(parts))
        return f"[{said}{'~' * (len(message) * 2 // 5)}]"


@lru_cache(maxsize=len(LANGUAGES) + 1)
def catalogue(language: str) -> NullTranslations:
    """The translations into that language (en, zh or pseudo), compiled in memory from the committed .po file."""
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    if language == PSEUDO_LANGUAGE:
        return _PseudoTranslations()
    path = resources.files("companion") / "translations" / language / "LC_MESSAGES" / "messages.po"
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return Translations(compiled)


def translate(language: str, message: str, **values: object) -> str:
    """`message` in that language, with %(name)s placeholders filled."""
    text = catalogue(language).gettext(message)
    return text % values if values else text
