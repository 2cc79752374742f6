"""Which emergency number somebody dials where they live. Pure.

A clinic sets one number, or several ("120 / 112 / 911"): then the one of the person's region is shown, if it is among
them, and else all. The numbers of regions are public knowledge, from memory: a clinic that sets one number needs none.
"""

from babel.core import get_global

WITH_112 = "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
"""Territories by their two letters."""
OF_REGION = {
    "CN": "120",
    "CA": "911",
    "US": "911",
    **dict.fromkeys(WITH_112.split(), "112"),
}


def numbers(setting: str) -> tuple[str, ...]:
    """Each number of the setting."""
    return tuple(number.strip() for number in setting.split("/") if number.strip())


def number_at(setting: str, zone: str) -> str:
    """The number to name to somebody in that time zone; all of them where none can be chosen."""
    of_region = OF_REGION.get(get_global("zone_territories").get(zone, ""))
    return of_region if of_region in numbers(setting) else setting
