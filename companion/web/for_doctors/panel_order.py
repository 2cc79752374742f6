"""The doctor's overview: one line a patient, which are shown, and in what order. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from companion.care.people import Person
from companion.clock import EPOCH
from companion.panel.control import Control
from companion.panel.standing import Standing
from companion.panel.trend import Verdict

SILENT_DAYS = (3, 7, 14)
"""After how many days somebody is silent: the reader chooses."""
USUAL_DAYS = 7
PLAN_SOON = timedelta(days=14)


class Show(StrEnum):
    ALL = "all"
    WORSE = "worse"
    SILENT = "silent"
    DEVICES = "devices"
    OFF_GOAL = "off_goal"
    PLAN_ENDS = "plan_ends"
    TASKS = "tasks"


class By(StrEnum):
    NEED = "need"
    NAME = "name"
    SILENCE = "silence"
    PLAN_END = "plan_end"


class Called(NamedTuple):
    """A patient, as far as their order needs."""

    id: int
    name: str


class Line(NamedTuple):
    """One patient. `standing` None: not worked out yet. `silent_devices`, `low_batteries`: what to look after, by name.
    `tasks`: how many are open, `is_urgent` if one of them is; `in_place_of`: the doctor who is away."""

    patient: Called
    standing: Standing | None
    silent_devices: tuple[tuple[str, datetime], ...] = ()
    low_batteries: tuple[tuple[str, int], ...] = ()
    plan_ends_on: date | None = None
    tasks: int = 0
    is_urgent: bool = False
    in_place_of: Person | None = None

    @property
    def is_worse(self) -> bool:
        return self.standing is not None and self.standing.verdict is Verdict.WORSE

    @property
    def is_off_goal(self) -> bool:
        return self.standing is not None and self.standing.control is Control.NO

    @property
    def needs_devices(self) -> bool:
        return bool(self.silent_devices or self.low_batteries)

    def is_silent(self, since: datetime) -> bool:
        return self.standing is not None and self.standing.is_silent(since)


@dataclass(frozen=True)
class Chosen:
    """What the reader asked for. Whoever was last heard of before `silent_since` is silent; `local_day`: the reader's
    own."""

    show: Show
    by: By
    silent_since: datetime
    local_day: date


def _shown(lines: Sequence[Line], show: Show, chosen: Chosen) -> Sequence[Line]:
    """Those among the lines that the filter shows."""
    since, soon = chosen.silent_since, chosen.local_day + PLAN_SOON
    match show:
        case Show.WORSE:
            return [line for line in lines if line.is_worse]
        case Show.SILENT:
            return [line for line in lines if line.is_silent(since)]
        case Show.DEVICES:
            return [line for line in lines if line.needs_devices]
        case Show.OFF_GOAL:
            return [line for line in lines if line.is_off_goal]
        case Show.PLAN_ENDS:
            return [line for line in lines if line.plan_ends_on is not None and line.plan_ends_on <= soon]
        case Show.TASKS:
            return [line for line in lines if line.tasks > 0]
    return lines


def ordered(lines: Sequence[Line], chosen: Chosen) -> list[Line]:
    """Those asked for, in the order asked for; those that are alike by name."""
    shown, place = _shown(lines, chosen.show, chosen), _PLACES[chosen.by]
    since = chosen.silent_since
    return sorted(shown, key=lambda line: (place(line, since), line.patient.name, line.patient.id))


Place = tuple[float, ...]


def _by_name(_line: Line, _since: datetime) -> Place:
    return ()


def _by_silence(line: Line, _since: datetime) -> Place:
    return (_last_heard(line),)


def _by_plan_end(line: Line, _since: datetime) -> Place:
    return ((line.plan_ends_on or date.max).toordinal(),)


def _by_need(line: Line, since: datetime) -> Place:
    is_calm, has_devices = not line.is_urgent, not (line.silent_devices or line.low_batteries)
    if line.standing is None:  # nothing is known yet: of a thousand patients most lines, on some days
        return (is_calm, True, True, True, has_devices)
    return (is_calm, not line.is_worse, not line.is_silent(since), not line.is_off_goal, has_devices)


_PLACES: dict[By, Callable[[Line, datetime], Place]] = {
    By.NEED: _by_need,
    By.NAME: _by_name,
    By.SILENCE: _by_silence,
    By.PLAN_END: _by_plan_end,
}


def _last_heard(line: Line) -> float:
    """Seconds since 1970 of the last value; whoever never sent one comes first, who is not known yet last."""
    if line.standing is None:
        return float("inf")
    return (line.standing.last_reading_at or EPOCH).timestamp()


def how_many(lines: Sequence[Line], chosen: Chosen) -> dict[Show, int]:
    """How many lines each filter would show."""
    return {show: len(_shown(lines, show, chosen)) for show in Show}
