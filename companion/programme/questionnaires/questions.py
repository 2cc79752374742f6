"""A questionnaire, read from a FHIR R4 Questionnaire. Pure.

Of FHIR: items of the types choice, integer and text; translations (StructureDefinition/translation), scores of options
(ordinalValue on their Coding), bounds of numbers (minValue, maxValue). Ours, under `urn:companion:`: `red` on an option
that the clinic has to look at, `tip` on an item, `result` (from a score on, in words), `evidence`, `source`,
`again-after` (days).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from companion.errors import BadInput

OURS = "urn:companion:"
URL = "urn:companion:questionnaire:"
"""What comes before a questionnaire's name in its canonical address."""
HL7 = "http://hl7.org/fhir/StructureDefinition/"
LANGUAGES = ("en", "zh")
LONGEST_TEXT = 1000

Json = Mapping[str, Any]
Words = Mapping[str, str]
"""By language."""


class ItemKind(StrEnum):
    CHOICE = "choice"
    INTEGER = "integer"
    TEXT = "text"


@dataclass(frozen=True)
class Option:
    """`score` counts in a self-test; what `is_red` the clinic has to look at."""

    code: str
    words: Words
    score: int = 0
    is_red: bool = False


@dataclass(frozen=True)
class Item:
    """One question. `low` and `high` bound a number; `tip`: what to do better, where not every point was given."""

    link: str
    kind: ItemKind
    words: Words
    is_required: bool = False
    takes_many: bool = False
    options: tuple[Option, ...] = ()
    low: int = 0
    high: int = 0
    tip: Words | None = None

    @property
    def most(self) -> int:
        """The most points it can give."""
        scores = [option.score for option in self.options]
        return sum(scores) if self.takes_many else max(scores, default=0)


@dataclass(frozen=True)
class Band:
    """What a score of at least so many points means, in plain words."""

    at_least: int
    words: Words


@dataclass(frozen=True)
class Questionnaire:
    """One version. `bands`, the highest first, are of a self-test; `evidence` is one of the protocols' tags."""

    name: str
    version: str
    title: Words
    about: Words
    evidence: str
    source: Words
    again_after_days: int
    items: tuple[Item, ...]
    bands: tuple[Band, ...]
    document: Json

    @property
    def is_self_test(self) -> bool:
        return bool(self.bands)

    @property
    def most(self) -> int:
        return sum(item.most for item in self.items)

    @property
    def canonical(self) -> str:
        return f"{URL}{self.name}|{self.version}"


def questionnaire_from(document: Json) -> Questionnaire:
    """Raises BadInput where it says less, or something else, than is needed here."""
    if document.get("resourceType") != "Questionnaire" or document.get("status") != "active":
        raise BadInput("is no active Questionnaire", where="resourceType")
    name = str(document.get("name", ""))
    if document.get("url") != f"{URL}{name}" or not name:
        raise BadInput("is not the address of its name", where="url")
    items = tuple(_item(each, f"item/{number}") for number, each in enumerate(document.get("item", ())))
    links = [item.link for item in items]
    if not items or len(set(links)) != len(links):
        raise BadInput("needs items, each with a link of its own", where="item")
    return Questionnaire(
        name=name,
        version=str(document["version"]),
        title=_words(document, "title", name),
        about=_words(document, "description", name),
        evidence=_ours(document, "evidence", "valueCode"),
        source=_words(_extension(document, f"{OURS}source"), "valueString", "extension/source"),
        again_after_days=_ours(document, "again-after", "valueInteger"),
        items=items,
        bands=_bands(document, items),
        document=document,
    )


def _item(item: Json, where: str) -> Item:
    if item.get("type") not in set(ItemKind):
        raise BadInput(f"{item.get('type')!r} is no type of question here", where=f"{where}/type")
    kind = ItemKind(item["type"])
    options = tuple(_option(each["valueCoding"], where) for each in item.get("answerOption", ()))
    if (kind is ItemKind.CHOICE) is not bool(options):
        raise BadInput("a choice, and only a choice, has options", where=f"{where}/answerOption")
    low, high = (_extension(item, f"{HL7}{name}").get("valueInteger") for name in ("minValue", "maxValue"))
    if kind is ItemKind.INTEGER and (low is None or high is None or low > high):
        raise BadInput("a number needs its bounds", where=where)
    tip = _extension(item, f"{OURS}tip")
    return Item(
        link=str(item["linkId"]),
        kind=kind,
        words=_words(item, "text", where),
        is_required=bool(item.get("required", False)),
        takes_many=bool(item.get("repeats", False)),
        options=options,
        low=low or 0,
        high=high or 0,
        tip=_words(tip, "valueString", where) if tip else None,
    )


def _option(coding: Json, where: str) -> Option:
    score = _extension(coding, f"{HL7}ordinalValue").get("valueDecimal", 0)
    is_red = _extension(coding, f"{OURS}red").get("valueBoolean", False)
    return Option(str(coding["code"]), _words(coding, "display", where), int(score), bool(is_red))


def _bands(document: Json, items: Sequence[Item]) -> tuple[Band, ...]:
    """The highest first. Every score that there can be has its words."""
    found = [_band(each) for each in _extensions(document, f"{OURS}result")]
    bands = tuple(sorted(found, key=lambda band: -band.at_least))
    most = sum(item.most for item in items)
    if bands and (bands[-1].at_least != 0 or bands[0].at_least > most):
        raise BadInput("the words have to begin at 0 and end within the points there are", where="extension/result")
    return bands


def _band(extension: Json) -> Band:
    at_least = _extension(extension, "from")["valueInteger"]
    return Band(at_least, _words(_extension(extension, "words"), "valueString", "extension/result"))


def _words(element: Json, member: str, where: str) -> Words:
    """What the member says, in every language."""
    said = {"en": element.get(member, "")}
    for each in _extensions(element.get(f"_{member}", {}), f"{HL7}translation"):
        said[_extension(each, "lang").get("valueCode", "")] = _extension(each, "content").get("valueString", "")
    if set(said) != set(LANGUAGES) or not all(said.values()):
        raise BadInput("has to be said in every language", where=f"{where}/{member}")
    return said


def _ours(document: Json, name: str, member: str) -> Any:
    found = _extension(document, f"{OURS}{name}").get(member)
    if not found:
        raise BadInput("is missing", where=f"extension/{name}")
    return found


def _extension(element: Json, url: str) -> Json:
    return next(_extensions(element, url), {})


def _extensions(element: Json, url: str) -> Iterator[Json]:
    return (each for each in element.get("extension", ()) if each.get("url") == url)
