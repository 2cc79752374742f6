"""A device's memory, taken apart where its clock was set, and dated run by run."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.devices.records.device_time import (
    CLOCK_YEARS,
    TRUSTED_DRIFT,
    WRONG_DATE,
    ClockReading,
    Dates,
    Decision,
    Stamps,
    TimeCase,
    date_by_clock,
    date_by_wall,
    date_orderly,
    in_columns,
    is_orderly,
    refuse_after_reset,
)


def date_records(stamps: Stamps, clock: ClockReading | None, zone: ZoneInfo, arrived_at: datetime) -> Dates:
    """When each record of one session was taken. `zone` is the patient's; `arrived_at` when the last of them came."""
    if not stamps.shown:
        return Dates([], [], [], {})
    if clock and is_orderly(stamps, clock):
        return date_orderly(stamps, clock, zone)
    if clock and clock.device_time.year not in CLOCK_YEARS:
        clock = None
    decisions: dict[int, Decision] = {}
    for run in _runs(stamps, clock):
        decided = _date_run(run, stamps, zone, arrived_at)
        decisions.update(zip(run.places, decided, strict=True))
    return in_columns(decisions[place] for place in range(len(stamps.shown)))


class Run(NamedTuple):
    """Records stamped by one clock, by their places, oldest first. `clock` is its reading; None when it was not read,
    or set since, and then `case` is why their wall time has to do. Both None: that clock had started over."""

    places: list[int]
    clock: ClockReading | None
    case: TimeCase | None


def _date_run(run: Run, stamps: Stamps, zone: ZoneInfo, arrived_at: datetime) -> list[Decision]:
    if run.clock:
        return date_by_clock(stamps, run.places, run.clock, zone)
    if run.case:
        return date_by_wall(stamps, run.places, run.case, zone, arrived_at)
    return refuse_after_reset(run.places)


def _runs(stamps: Stamps, clock: ClockReading | None) -> Iterator[Run]:
    """What the clock shows now is the end of the memory: it continues the last run, or begins one of its own."""
    order = _memory_order(stamps, clock)
    bases = [stamps.base(place) for place in order]
    if clock:
        bases.append(clock.device_time - stamps.moved[order[-1]])
    starts = list(_starts(bases))
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        places = order[start.place : following.place if following else None]
        if following is None and clock:
            yield Run(places, clock, None)
        else:
            yield Run(places, None, None if start.after_reset else _what_befell_it(following))


class Start(NamedTuple):
    """Where a run starts. `after_reset`: its clock had started over."""

    place: int
    after_reset: bool


def _what_befell_it(following: Start | None) -> TimeCase:
    if following is None:
        return TimeCase.CLOCK_UNKNOWN
    return TimeCase.CLOCK_RESET if following.after_reset else TimeCase.CLOCK_SET_BACK


def _starts(bases: Sequence[datetime]) -> Iterator[Start]:
    """A run starts where the time goes back. A clock that started over is right again once it has passed what it
    showed before."""
    yield Start(0, after_reset=False)
    before_reset: datetime | None = None
    for place, (earlier, later) in enumerate(pairwise(bases), start=1):
        if before_reset and later >= before_reset:
            before_reset = None
            yield Start(place, after_reset=False)
        elif earlier - later > WRONG_DATE:
            before_reset = before_reset or earlier
            yield Start(place, after_reset=True)
        elif earlier - later > TRUSTED_DRIFT:
            yield Start(place, after_reset=before_reset is not None)


FIRST_NUMBERS = range(0x400)
LAST_NUMBERS = range(0xFC00, 0x10000)


def _memory_order(stamps: Stamps, clock: ClockReading | None) -> list[int]:
    """The places of the records, oldest first: by number, which runs over from 65535 to 0. Without numbers by time,
    what lies ahead of the clock before the rest: it was stamped before the clock was set back."""
    places, numbers = range(len(stamps.shown)), stamps.numbers
    if numbers is None:
        return sorted(places, key=lambda place: (not _is_ahead(stamps.base(place), clock), stamps.base(place)))
    if min(numbers) in FIRST_NUMBERS and max(numbers) in LAST_NUMBERS:
        return sorted(places, key=lambda place: (numbers[place] in FIRST_NUMBERS, numbers[place]))
    return sorted(places, key=numbers.__getitem__)


def _is_ahead(base: datetime, clock: ClockReading | None) -> bool:
    return clock is not None and base - clock.device_time > TRUSTED_DRIFT
