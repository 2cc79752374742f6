"""Where a patient stands by the definitions, and why, in figures beside their limits: no score and no weights. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from companion.programme.segments.definitions import UNKNOWN, Axis, Definitions, Figure, Limit
from companion.programme.segments.trend import Measure, Slope, Trend


@dataclass(frozen=True)
class Sheet:
    """What is known of a patient, as it was handed in. A figure that is not there is not known. `said`: traits that
    need no limits (diagnoses, classes of medicines, events)."""

    figures: Mapping[Figure, float] = field(default_factory=dict)
    said: frozenset[str] = frozenset()
    trends: Sequence[Trend] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "figures": {figure.value: value for figure, value in self.figures.items()},
            "said": sorted(self.said),
            "trends": [[each.measure.value, list(each.slope), each.points, each.days] for each in self.trends],
        }


def sheet_from(kept: Mapping[str, Any]) -> Sheet:
    """What `as_json` wrote."""
    return Sheet(
        {Figure(name): value for name, value in kept["figures"].items()},
        frozenset(kept["said"]),
        tuple(Trend(Measure(name), Slope(*slope), points, days) for name, slope, points, days in kept["trends"]),
    )


class Because(NamedTuple):
    """Why a level is the patient's: the figure, and the limit that it is past."""

    value: float
    limit: Limit


class Placed(NamedTuple):
    """A patient on one axis. `figures`: all that is known of them there."""

    level: str
    because: tuple[Because, ...]
    figures: Mapping[Figure, float]


def place(axis: Axis, sheet: Sheet) -> Placed:
    """The first level with a limit that is met, with all of its limits that are."""
    known = {figure: value for figure, value in sheet.figures.items() if figure in axis.figures}
    for level in axis.levels:
        met = tuple(Because(sheet.figures[each.figure], each) for each in level.limits if each.is_met(sheet.figures))
        if met:
            return Placed(level.name, met, known)
    return Placed(axis.otherwise if known else UNKNOWN, (), known)


def traits_of(definitions: Definitions, sheet: Sheet) -> frozenset[str]:
    """Everything that segments and tips may ask for."""
    levels = {f"{axis.name}:{place(axis, sheet).level}" for axis in definitions.axes}
    worsening = {f"worsening:{trend.measure}" for trend in sheet.trends if trend.is_worsening}
    return sheet.said | levels | worsening


class Reasons(NamedTuple):
    """Why a patient is in a segment: where they stand on the axes that it names, and the trends that it names."""

    axes: Mapping[str, Placed]
    trends: Sequence[Trend]


def reasons(definitions: Definitions, key: str, sheet: Sheet) -> Reasons:
    """Of somebody in that segment. All trends are told where it asks for none."""
    segment = definitions.segment(key)
    asked = frozenset().union(*segment.needs.groups) if segment else frozenset()
    kinds = {trait.partition(":")[0] for trait in asked}
    axes = {axis.name: place(axis, sheet) for axis in definitions.axes if axis.name in kinds}
    trends = [each for each in sheet.trends if f"worsening:{each.measure}" in asked and each.is_worsening]
    return Reasons(axes, trends)
