"""Definitions of segments as they stand in a file: levels of risk, adherence and engagement by plain limits, and who is
in which segment. Refuses what is ambiguous, naming the place and the reason. Pure: text in, Definitions out."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from companion.errors import BadInput
from companion.programme.traits import AXES, Needs, needs_from

LANGUAGES = ("en", "zh")
UNKNOWN = "unknown"
"""The level of an axis of which nothing is known. Never the same as a good one."""


class Figure(StrEnum):
    """What a limit may be about, of the last 14 days where nothing else is said."""

    IN_RANGE = "in_range_percent"  # glucose from 70 to 180 mg/dL
    BELOW = "below_70_percent"
    SYSTOLIC = "systolic_mmhg"  # mean at home
    DIASTOLIC = "diastolic_mmhg"
    TAKEN = "taken_percent"  # of the doses due
    NO_READING_DAYS = "days_without_reading"  # since the last one
    NO_ANSWER_DAYS = "days_without_answer"  # since the last one, where doses were due


class Limit(NamedTuple):
    """`figure` at least, or below, that number; and where the number is from."""

    figure: Figure
    is_at_least: bool
    number: float
    source: str

    def is_met(self, figures: Mapping[Figure, float]) -> bool:
        if self.figure not in figures:
            return False
        return (figures[self.figure] >= self.number) is self.is_at_least


class Level(NamedTuple):
    """Who is past one of the limits. The first level of an axis that fits is the patient's."""

    name: str
    limits: tuple[Limit, ...]


@dataclass(frozen=True)
class Axis:
    """`otherwise`: past no limit, though something is known."""

    name: str
    levels: tuple[Level, ...]
    otherwise: str

    @property
    def names(self) -> tuple[str, ...]:
        return (*(level.name for level in self.levels), self.otherwise, UNKNOWN)

    @property
    def figures(self) -> frozenset[Figure]:
        return frozenset(limit.figure for level in self.levels for limit in level.limits)


@dataclass(frozen=True)
class Segment:
    """`title` and `task` (what there is to do) by language."""

    key: str
    title: Mapping[str, str]
    task: Mapping[str, str]
    needs: Needs


@dataclass(frozen=True)
class Definitions:
    version: str
    axes: tuple[Axis, ...]
    segments: tuple[Segment, ...]

    def axis(self, name: str) -> Axis:
        return next(axis for axis in self.axes if axis.name == name)

    def segment(self, key: str) -> Segment | None:
        return next((segment for segment in self.segments if segment.key == key), None)


def definitions_from(text: str, file: str) -> Definitions:
    """Raises BadInput naming file and place."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"cannot be read: {error}", where=file, advice="see docs/segments.md") from None
    axes = tuple(_axis(each, f"{file} axis {n}") for n, each in enumerate(_list(table, "axis", file), start=1))
    if tuple(axis.name for axis in axes) != AXES:
        raise BadInput("does not define each axis once, in order", where=file, advice=f"define {', '.join(AXES)}")
    levels = {axis.name: axis.names for axis in axes}
    segments = tuple(_segment(each, levels, f"{file} segment {n}") for n, each in _numbered(table, "segment", file))
    keys = [segment.key for segment in segments]
    if len(set(keys)) != len(keys):
        raise BadInput("has two segments with the same key", where=file)
    return Definitions(_text(table, "version", file), axes, segments)


def _axis(table: Mapping[str, Any], where: str) -> Axis:
    levels = tuple(_level(each, f"{where} level {n}") for n, each in _numbered(table, "level", where))
    axis = Axis(_text(table, "name", where), levels, _text(table, "otherwise", where))
    if len(set(axis.names)) != len(axis.names):
        raise BadInput("has two levels of one name", where=where, advice=f"{UNKNOWN!r} is always there by itself")
    return axis


def _level(table: Mapping[str, Any], where: str) -> Level:
    limits = tuple(_limit(each, f"{where} limit {n}") for n, each in _numbered(table, "any", where))
    return Level(_text(table, "name", where), limits)


def _limit(table: Mapping[str, Any], where: str) -> Limit:
    if table.get("figure") not in set(Figure):
        raise BadInput("is about no figure that there is", where=where, advice=f"choose among {', '.join(Figure)}")
    tests = [name for name in ("at_least", "below") if name in table]
    if len(tests) != 1 or isinstance(table[tests[0]], bool) or not isinstance(table[tests[0]], int | float):
        raise BadInput("needs one number, as at_least or as below", where=where)
    return Limit(Figure(table["figure"]), tests[0] == "at_least", table[tests[0]], _text(table, "source", where))


def _segment(table: Mapping[str, Any], levels: Mapping[str, Sequence[str]], where: str) -> Segment:
    return Segment(
        key=_text(table, "key", where),
        title=in_both(table, "title", where),
        task=in_both(table, "task", where),
        needs=needs_from(table, levels, where),
    )


def in_both(table: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
    """A text in both languages. Raises BadInput."""
    texts = table.get(name)
    if not isinstance(texts, dict) or any(not str(texts.get(each, "")).strip() for each in LANGUAGES):
        raise BadInput("is not there in both languages", where=f"{where}.{name}", advice='write { en = "", zh = "" }')
    return {each: str(texts[each]).strip() for each in LANGUAGES}


def _text(table: Mapping[str, Any], name: str, where: str) -> str:
    if not isinstance(table.get(name), str) or not table[name].strip():
        raise BadInput("is missing", where=f"{where}.{name}")
    return str(table[name]).strip()


def _list(table: Mapping[str, Any], name: str, where: str) -> list[Mapping[str, Any]]:
    found = table.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        raise BadInput("is missing", where=f"{where}.{name}")
    return found


def _numbered(table: Mapping[str, Any], name: str, where: str) -> enumerate[Mapping[str, Any]]:
    return enumerate(_list(table, name, where), start=1)
