"""Dates with the month in words, in the languages that exports are written in."""

import re
import unicodedata

_NAMES = (
    "january jan januar jänner januari janvier janv enero ene gennaio gen janeiro stycznia sty ocak янв января"
    " tammikuu",
    "february feb februar februari février févr fév febrero febbraio fevereiro fev lutego lut şubat фев февраля"
    " helmikuu",
    "march mar marzo märz mär mrz marts mars maart mrt março marca mart мар марта maaliskuu",
    "april apr avril avr abril abr aprile kwietnia kwi nisan апр апреля huhtikuu",
    "may mai maj mei mayo maggio mag maio maja mayıs май мая toukokuu",
    "june jun juni juin junio giugno giu junho czerwca cze haziran июн июня kesäkuu",
    "july jul juli juillet juil julio luglio lug julho lipca lip temmuz июл июля heinäkuu",
    "august aug augusti augustus août aoû agosto ago sierpnia sie ağustos авг августа elokuu",
    "september sep sept septembre septiembre settembre set setembro wrzesień września wrz eylül сен сент сентября"
    " syyskuu",
    "october oct oktober okt octobre octubre ottobre ott outubro out października paź ekim окт октября lokakuu",
    "november nov novembre noviembre novembro listopada lis kasım ноя нояб ноября marraskuu",
    "december dec dezember dez desember des décembre déc diciembre dic dicembre dezembro grudnia gru aralık дек декабря"
    " joulukuu",
)
_DATE_FIRST = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|[.ºª])?[\s-]*(?:de\s+)?(?P<name>[^\W\d_]{3,})[.,]*[\s-]*(?:de\s+)?"
_MONTH_FIRST = r"(?P<name>[^\W\d_]{3,})[.]?\s+(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,?\s+"
_REST = r"(?P<year>[0-9]{4}|[0-9]{2})(?![0-9:])[.,]?(?:\s*(?:at|um|kl|klo|à|a\s+las|alle|om|às|o|v)\b[.]?)?"
_DATES = tuple(re.compile(start + _REST, re.IGNORECASE) for start in (_DATE_FIRST, _MONTH_FIRST))


def _plain(name: str) -> str:
    """Without case and accents: `Août` and `AOUT` are one month, however the accent is encoded."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


_MONTH_OF = {_plain(name): month for month, names in enumerate(_NAMES, start=1) for name in names.split()}


def with_numeric_month(text: str) -> str:
    """`Aug 1, 2026, 9:04 PM` and `1. August 2026 um 21:04` with the date as `2026-08-01`; other texts as they are.

    A word in place of a number leaves no doubt about the order, so the date comes out year first.
    """
    for pattern in _DATES:
        found = pattern.match(text)
        month = _MONTH_OF.get(_plain(found["name"])) if found else None
        if found and month:
            year = found["year"] if len(found["year"]) == 4 else f"20{found['year']}"
            return f"{year}-{month:02}-{int(found['day']):02}{text[found.end() :]}"
    return text
