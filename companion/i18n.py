"""Two languages, complete: English is the source, Simplified Chinese stands in a gettext catalogue."""

import io
from functools import lru_cache
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES = {"en": "English", "zh": "中文"}
SOURCE_LANGUAGE = "en"


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> NullTranslations:
    """The translations into that language (en or zh), compiled in memory from the committed .po file."""
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
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
