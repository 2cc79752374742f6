"""The lists of a pharmacist whom patients let see how they take their medicines: by doses taken alone, and never by a
value or a risk. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from companion.programme.segments.definitions import Definitions, Figure
from companion.programme.segments.placing import Because, Sheet, place
from companion.programme.segments.trend import Measure, Trend
from companion.programme.traits import Needs

ABOUT_TAKING = frozenset({Figure.TAKEN, Figure.NO_ANSWER_DAYS})
MISSED, LESS = "doses_missed", "taking_less"


class Taking(NamedTuple):
    """Why somebody is on a list: the figures past their limits, and the trend."""

    because: Sequence[Because]
    trends: Sequence[Trend]


def lists(definitions: Definitions) -> Mapping[str, Needs]:
    """By key. Levels that a clinic's own file makes of anything but taking put nobody on a list."""
    levels = [
        level
        for level in definitions.axis("adherence").levels
        if all(limit.figure in ABOUT_TAKING for limit in level.limits)
    ]
    return {
        MISSED: Needs((frozenset(f"adherence:{level.name}" for level in levels),)),
        LESS: Needs((frozenset({f"worsening:{Measure.TAKEN}"}),)),
    }


def why(definitions: Definitions, key: str, sheet: Sheet) -> Taking:
    """Of somebody on that list."""
    if key == LESS:
        return Taking((), [each for each in sheet.trends if each.measure is Measure.TAKEN and each.is_worsening])
    placed = place(definitions.axis("adherence"), sheet)
    return Taking([each for each in placed.because if each.limit.figure in ABOUT_TAKING], ())
