"""The texts that cells hold → numbers, limits and units. Nothing is guessed from the size of a value."""

import re
from decimal import Decimal

from companion.readings.reading import Limit
from companion.readings.units import GlucoseUnit

PRESSURE_UNITS = ("mmHg", "kPa")

_NUMBER = re.compile(r"[+-]?[0-9]{1,7}(?:[.,][0-9]{1,6})?")
_EMPTY = {"", "-", "--", "---", "null", "none", "na", "n/a", "nan"}
_LOW_WORDS = (
    "lo", "low", "niedrig", "tief", "bas", "faible", "bajo", "basso", "baixo", "laag", "lågt", "låg", "lav", "lavt",
    "matala", "niski", "niskie", "nízký", "nízká", "düşük", "низкий", "низкое", "低", "过低", "過低",
)  # fmt: skip
_HIGH_WORDS = (
    "hi", "high", "hoch", "haut", "élevé", "alto", "hoog", "högt", "hög", "høj", "højt", "høy", "høyt", "korkea",
    "wysoki", "wysokie", "vysoký", "vysoká", "yüksek", "высокий", "высокое", "高", "过高", "過高",
)  # fmt: skip
_LIMIT_WORDS = dict.fromkeys(_LOW_WORDS, Limit.LOW) | dict.fromkeys(_HIGH_WORDS, Limit.HIGH)
_UNITS = {
    GlucoseUnit.MG_DL.value: re.compile(r"mg\s*[/_ ]?\s*dl|мг\s*/\s*дл|毫克\s*/\s*分升", re.IGNORECASE),
    GlucoseUnit.MMOL_L.value: re.compile(r"mmol\s*[/_ ]?\s*l|ммоль\s*/\s*л|毫摩尔?\s*/\s*升", re.IGNORECASE),
    "mmHg": re.compile(r"mm\s*\[?hg\]?|毫米汞柱", re.IGNORECASE),
    "kPa": re.compile(r"kpa|千帕", re.IGNORECASE),
}


def is_empty(text: str) -> bool:
    """Whether the cell holds no value: blank, or a word or dash that stands for nothing."""
    return text.strip().casefold() in _EMPTY


def number_in(text: str) -> Decimal | None:
    """The number with decimal point or comma; None when the text is not exactly one number."""
    text = text.strip()
    return Decimal(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def limit_in(text: str) -> Limit | None:
    """LO or HI, in words (`Low`, `Hoch`) or as a bound (`<40`, `> 27.8`)."""
    text = text.strip().casefold()
    if text[:1] in {"<", ">"} and number_in(text[1:]) is not None:
        return Limit.LOW if text[0] == "<" else Limit.HIGH
    return _LIMIT_WORDS.get(text)


def unit_in(text: str) -> str | None:
    """The unit that a header or a unit cell names: "mg/dL", "mmol/L", "mmHg" or "kPa"."""
    return next((unit for unit, pattern in _UNITS.items() if pattern.search(text)), None)


def glucose_unit_in(text: str) -> str | None:
    """The unit of concentration that a header or a unit cell names."""
    unit = unit_in(text)
    return None if unit in PRESSURE_UNITS else unit


def without_unit(text: str) -> str:
    """A header's text with the unit taken out, its brackets left."""
    for pattern in _UNITS.values():
        text = pattern.sub(" ", text)
    return text
