"""Traits: what is known of a patient in single words, "class:metformin", "risk:high". Segments and tips ask for traits
and for nothing else, so that whoever reads a definition can say who is meant. Pure."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from companion.care.facts import CHOICES, CONDITIONS, FactKind
from companion.care.regimens import DRUG_CLASSES
from companion.errors import BadInput
from companion.programme.segments.trend import TREND_RULES

EVENTS = ("first_month", "new_medicine", "silent_14d", "back_again")
AXES = ("risk", "adherence", "engagement")
"""What a segment is made of; their levels are in the definitions."""

OPEN_KINDS: Mapping[str, Collection[str]] = {
    "diagnosis": [f"diabetes_{each}" for each in CHOICES[FactKind.DIABETES_TYPE] if each not in ("unknown", "none")],
    "condition": CONDITIONS,
    "class": DRUG_CLASSES,
    "event": EVENTS,
    "worsening": [measure.value for measure in TREND_RULES],
}


class Needs(NamedTuple):
    """Of each group one trait at least, and none of `without`."""

    groups: tuple[frozenset[str], ...]
    without: frozenset[str] = frozenset()

    def are_met(self, traits: Collection[str]) -> bool:
        return all(not group.isdisjoint(traits) for group in self.groups) and self.without.isdisjoint(traits)


def needs_from(table: Mapping[str, Any], levels: Mapping[str, Collection[str]], where: str) -> Needs:
    """Of a table of a file: every axis and kind with its names, `without` with whole traits. Raises BadInput."""
    known = {**OPEN_KINDS, **levels}
    groups = [
        frozenset(f"{kind}:{name}" for name in _names(table[kind], names, f"{where}.{kind}"))
        for kind, names in known.items()
        if kind in table
    ]
    without = frozenset(_checked(trait, known, f"{where}.without") for trait in table.get("without", ()))
    if not groups:
        raise BadInput(
            "asks for nothing, and so would mean everybody", where=where, advice=f"name one of {_list(known)}"
        )
    return Needs(tuple(groups), without)


def _names(names: Any, known: Collection[str], where: str) -> list[str]:
    if not isinstance(names, list) or not names:
        raise BadInput("is not a list of names", where=where, advice=f"choose among {_list(known)}")
    for name in names:
        if name not in known:
            raise BadInput(f"{name!r} is not known", where=where, advice=f"choose among {_list(known)}")
    return names


def _checked(trait: Any, known: Mapping[str, Collection[str]], where: str) -> str:
    kind, _colon, name = str(trait).partition(":")
    if name not in known.get(kind, ()):
        raise BadInput(f"{trait!r} is no trait", where=where, advice="write it like class:metformin")
    return str(trait)


def _list(names: Collection[str]) -> str:
    return ", ".join(names)
