"""What earns points, what they buy, and when they are over: rules as data, read and refused here. Pure.

What may earn is a closed list, and none of it says that medicine was taken or bought. A file that names such a thing
anywhere is refused as a whole, so that a clinic cannot add it by a rule's name either.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from companion.errors import BadInput


class Event(StrEnum):
    """What can earn points. Measuring and answering count once a day: more medicines, or more doses, earn no more."""

    GUIDE_READ = "guide_read"
    QUIZ_PASSED = "quiz_passed"
    MEASURED = "measured"
    ANSWERED = "answered"


FORBIDDEN = re.compile(
    r"\b(tak(e|en|es|ing)|took|dos(e|es|age|ed|ing)|rx|prescri\w*|medicin\w*|medicat\w*|drugs?|tablets?|pills?|insulin\w*"
    r"|buy\w*|bought|purchas\w*|orders?|refills?|adheren\w*)\b|_(taken|rx|dose|bought|purchase)|(taken|rx|dose|purchase)_"
    r"|药|处方|胰岛素|剂量|购买|订购",
    re.IGNORECASE,
)
"""Words of medicine taken or bought, in English and Chinese."""


class Text(NamedTuple):
    """What it is called, in both languages."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class Rule(NamedTuple):
    """So many points for that event."""

    event: Event
    points: int


class Tier(NamedTuple):
    """Whoever earned that many points within the life of points is in it."""

    key: str
    name: Text
    least: int


class Reward(NamedTuple):
    """What points buy: a coupon that is good for so many days."""

    key: str
    name: Text
    cost: int
    valid_days: int


class Rules(NamedTuple):
    """A whole file. `life`: how long a point is good for. Tiers from the lowest, which begins at 0."""

    life: timedelta
    rules: tuple[Rule, ...]
    tiers: tuple[Tier, ...]
    rewards: tuple[Reward, ...]

    def points_for(self, event: Event) -> int:
        return next((rule.points for rule in self.rules if rule.event is event), 0)

    def reward(self, key: str) -> Reward:
        """Raises BadInput for one that is not in the file."""
        for reward in self.rewards:
            if reward.key == key:
                return reward
        raise BadInput("There is no such reward.", where="reward", advice="Choose one from the page.")


def rules_of(raw: Mapping[str, Any], file: str) -> Rules:
    """The rules of a file that was read as TOML. Raises BadInput with the file and the field."""
    _refuse_medicine(raw, file)
    rules = Rules(
        life=timedelta(days=_number(raw, "life_days", file, most=3650)),
        rules=tuple(_rule(each, where) for each, where in _each(raw, "rule", file)),
        tiers=tuple(_tier(each, where) for each, where in _each(raw, "tier", file)),
        rewards=tuple(_reward(each, where) for each, where in _each(raw, "reward", file)),
    )
    _check_once([rule.event for rule in rules.rules], f"{file}: rule.event")
    _check_once([tier.key for tier in rules.tiers], f"{file}: tier.key")
    _check_once([reward.key for reward in rules.rewards], f"{file}: reward.key")
    if [tier.least for tier in rules.tiers] != sorted({0, *(tier.least for tier in rules.tiers)}):
        raise BadInput("tiers do not rise from 0", where=f"{file}: tier.least", advice="list them from the lowest")
    return rules


def _refuse_medicine(raw: Any, where: str) -> None:
    """Keys and texts, however deep."""
    if isinstance(raw, Mapping):
        for key, value in raw.items():
            _refuse_medicine(str(key), where)
            _refuse_medicine(value, f"{where}: {key}")
    elif isinstance(raw, list):
        for place, value in enumerate(raw, start=1):
            _refuse_medicine(value, f"{where}[{place}]")
    elif isinstance(raw, str) and (found := FORBIDDEN.search(raw)):
        advice = "points are for learning, measuring and answering only"
        raise BadInput(f"names {found.group(0)!r}: medicine earns and buys no points", where=where, advice=advice)


def _each(raw: Mapping[str, Any], name: str, file: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    found = raw.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(each, Mapping) for each in found):
        raise BadInput("there is none", where=f"{file}: {name}", advice=f"write at least one [[{name}]]")
    return ((each, f"{file}: {name}[{place}]") for place, each in enumerate(found, start=1))


def _rule(raw: Mapping[str, Any], where: str) -> Rule:
    event = raw.get("event")
    if event not in set(Event):
        raise BadInput(f"{event!r} earns no points", where=f"{where}.event", advice=f"use one of {', '.join(Event)}")
    return Rule(Event(event), _number(raw, "points", where))


def _tier(raw: Mapping[str, Any], where: str) -> Tier:
    return Tier(_key(raw, where), _text(raw, where), _number(raw, "least", where, least=0))


def _reward(raw: Mapping[str, Any], where: str) -> Reward:
    days = _number(raw, "valid_days", where, most=3650)
    return Reward(_key(raw, where), _text(raw, where), _number(raw, "cost", where), days)


def _number(raw: Mapping[str, Any], name: str, where: str, *, least: int = 1, most: int = 100_000) -> int:
    value = raw.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        place = f"{where}.{name}" if where.endswith("]") else f"{where}: {name}"
        raise BadInput(
            f"{value!r} is no such number", where=place, advice=f"write a whole number from {least} to {most}"
        )
    return value


def _key(raw: Mapping[str, Any], where: str) -> str:
    key = raw.get("key")
    if not isinstance(key, str) or not re.fullmatch(r"[a-z][a-z0-9-]{0,29}", key):
        advice = "write up to 30 small letters, digits and hyphens"
        raise BadInput(f"{key!r} is no key", where=f"{where}.key", advice=advice)
    return key


def _text(raw: Mapping[str, Any], where: str) -> Text:
    name = raw.get("name")
    texts = (name.get("en"), name.get("zh")) if isinstance(name, Mapping) else ()
    if len(texts) != 2 or not all(isinstance(text, str) and 0 < len(text) <= 80 for text in texts):
        raise BadInput("is not named in both languages", where=f"{where}.name", advice='write { en = "…", zh = "…" }')
    return Text(str(texts[0]), str(texts[1]))


def _check_once(keys: list[Any], where: str) -> None:
    if len(set(keys)) != len(keys):
        raise BadInput("stands there twice", where=where, advice="name each once")
