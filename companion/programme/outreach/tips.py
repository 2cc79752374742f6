"""Tips as they stand in a file: for whom, in which months, and what the patient reads. Pure: text in, Tips out.

What a tip may never say is refused here: a medicine's name, an amount, a change of a dose, an offer, a link to a
seller.
"""

import json
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from companion.errors import BadInput
from companion.programme.amount_words import amounts_in
from companion.programme.segments.definitions import in_both
from companion.programme.traits import Needs, needs_from

LONGEST_TITLE, LONGEST_TEXT = 60, 500
GUIDES = "guides"
"""A link to the patient's own guides."""
LINK_HOSTS = (
    "www.who.int", "www.cdc.gov", "www.nhs.uk", "www.nih.gov", "www.nhc.gov.cn", "www.chinacdc.cn", "www.idf.org",
)  # fmt: skip
"""Public bodies that sell nothing. Another one needs a new version of this list."""

_OFFER = re.compile(
    r"\b(?:buy|purchas\w*|orders?|ordering|pric\w+|discounts?|coupons?|vouchers?|sale|cheap\w*|offers?|brands?|shops?|"
    r"deals?|free samples?|recommend\w* (?:this|the) (?:medicine|drug))\b|"
    r"购买|下单|订购|价格|优惠|折扣|打折|券|促销|特价|便宜|商城|品牌|推荐.{0,4}药",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?:|www\.|[<>]|\+?\d[\d ()-]{6,}\d")


@dataclass(frozen=True)
class Tip:
    """`months`: 1-12 by the calendar of UTC, none: all the year. `subject`: what "not for me" is said of. `link`:
    GUIDES, an address by language, or nothing."""

    key: str
    subject: str
    needs: Needs
    months: tuple[int, ...]
    again_after_days: int
    title: Mapping[str, str]
    text: Mapping[str, str]
    link: Mapping[str, str]
    source: str

    def is_in_season(self, month: int) -> bool:
        return not self.months or month in self.months

    @property
    def content(self) -> dict[str, Mapping[str, str]]:
        """What the patient reads."""
        return {"title": self.title, "text": self.text, "link": self.link}

    @property
    def digest(self) -> str:
        """SHA-256 of everything a reviewer stands for: the words, and for whom."""
        groups = [sorted(group) for group in self.needs.groups]
        meant = [groups, sorted(self.needs.without), self.months, self.again_after_days]
        told = [self.key, self.subject, meant, self.content, self.source]
        return sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def tips_from(text: str, file: str, levels: Mapping[str, Collection[str]]) -> tuple[Tip, ...]:
    """`levels`: of each axis of the definitions. Raises BadInput naming file, tip and field."""
    try:
        tables = tomllib.loads(text).get("tip")
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"cannot be read: {error}", where=file, advice="see docs/tips.md") from None
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BadInput("holds no tips", where=file, advice="begin each with [[tip]]")
    tips = tuple(_tip(table, levels, f"{file} tip {n}") for n, table in enumerate(tables, start=1))
    keys = [tip.key for tip in tips]
    if len(set(keys)) != len(keys):
        raise BadInput("has two tips with the same key", where=file)
    return tips


def _tip(table: Mapping[str, Any], levels: Mapping[str, Collection[str]], where: str) -> Tip:
    tip = Tip(
        key=_name(table, "key", where),
        subject=_name(table, "subject", where),
        needs=needs_from(table, levels, where),
        months=_months(table.get("months", []), f"{where}.months"),
        again_after_days=_days(table.get("again_after_days"), f"{where}.again_after_days"),
        title=in_both(table, "title", where),
        text=in_both(table, "text", where),
        link=_link(table.get("link", ""), f"{where}.link"),
        source=str(table.get("source", "")).strip(),
    )
    if not tip.source:
        raise BadInput("is missing", where=f"{where}.source", advice="say where it is from, or that it is a house text")
    for fault in faults(tip, ()):
        raise BadInput(fault, where=where)
    return tip


def faults(tip: Tip, medicines: Collection[str]) -> Sequence[str]:
    """What the tip may not say, in words for its author. `medicines`: names of those that patients take."""
    found: list[str] = []
    for language in tip.text:
        title, text = tip.title[language], tip.text[language]
        if len(title) > LONGEST_TITLE or len(text) > LONGEST_TEXT:
            found.append(f"is too long: at most {LONGEST_TITLE} and {LONGEST_TEXT} characters")
        told = f"{title} {text}"
        found += [f"speaks of an amount, or of changing one: {words!r}" for words in amounts_in(told)]
        found += [f"reads like an offer: {words!r}" for words in _OFFER.findall(told)]
        found += [f"holds an address or a number to call: {words!r}" for words in _ADDRESS.findall(told)]
        found += [f"names a medicine: {name!r}" for name in medicines if _names(told, name)]
    return found


def _names(text: str, medicine: str) -> bool:
    """Its first word, which is the substance or the brand; a strength behind it is no name."""
    name = medicine.split()[0].casefold() if medicine.split() else ""
    return len(name) > 1 and name in text.casefold()


def _name(table: Mapping[str, Any], field: str, where: str) -> str:
    value = table.get(field)
    if not isinstance(value, str) or not re.fullmatch(r"[a-z][a-z0-9_]{1,39}", value):
        raise BadInput("is no key", where=f"{where}.{field}", advice="small letters, digits and _, at most 40")
    return value


def _months(value: Any, where: str) -> tuple[int, ...]:
    if not isinstance(value, list) or any(type(each) is not int or not 1 <= each <= 12 for each in value):
        raise BadInput("is no list of months", where=where, advice="write numbers from 1 to 12")
    return tuple(value)


def _days(value: Any, where: str) -> int:
    if type(value) is not int or not 30 <= value <= 730:
        raise BadInput("is not between 30 and 730 days", where=where)
    return value


def _link(value: Any, where: str) -> Mapping[str, str]:
    if value in ("", GUIDES):
        return {"en": value, "zh": value}
    links = in_both({"link": value}, "link", where)
    for link in links.values():
        parts = urlsplit(link)
        if parts.scheme != "https" or parts.netloc not in LINK_HOSTS:
            raise BadInput(f"{link!r} may not be linked to", where=where, advice=f"https of {', '.join(LINK_HOSTS)}")
    return links
