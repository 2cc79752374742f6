"""Times and telephone numbers as a voice says them. Pure."""

import re
from datetime import time
from functools import cache

from babel.dates import format_time

from companion.i18n import LANGUAGES, SOURCE_LANGUAGE, translate


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


PART_OF_DAY = {"en": "a", "zh": "B"}
"""CLDR's pattern for what tells morning from evening: "AM", but 上午 and 晚上."""


@cache
def spoken_time(language: str, local: str) -> str:
    """ "08:00" → "8 AM", "上午8点"; "20:30" → "8:30 PM", "晚上8点30分"."""
    at = time.fromisoformat(local)
    said = _("%(hour)s:%(minute)s %(part)s") if at.minute else _("%(hour)s %(part)s")
    return translate(language, said, hour=at.hour % 12 or 12, minute=f"{at.minute:02}", part=_part(language, at))


def _part(language: str, at: time) -> str:
    known = language if language in LANGUAGES else SOURCE_LANGUAGE
    return format_time(at, PART_OF_DAY[known], locale=known)


def spoken_number(number: str) -> str:
    """ "120 / 112" → "1 2 0, 1 1 2": digit by digit, or a voice makes a hundred and twenty of it."""
    return ", ".join(" ".join(re.findall(r"\+|\d", one)) or one.strip() for one in number.split("/"))
