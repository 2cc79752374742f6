"""From a device's own time to the instant a record was taken. Decided once, when the record is first seen.

To be read from top to bottom: the cases; what is known of the records of a session; an orderly memory, dated as one;
then, record by record, those stamped by the clock that was read, and those that were not (`memory_runs` says which).

A device stamps its records by a clock that somebody may have set, or that started over with a new battery. What is
certain is the order of its records and, where it could be read, what the clock shows now.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from operator import le
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from companion.clock import EPOCH, MILLISECOND, from_ms, to_ms
from companion.devices.profiles.wire import DecodeError

TRUSTED_DRIFT = timedelta(minutes=10)
"""A clock this close to the patient's wall clock is taken for that wall clock, and only corrected by its drift.
Beyond it the clock counts elapsed time but says nothing about the wall (web.md, page 2: shown from 10 minutes)."""
WRONG_DATE = timedelta(days=180)
"""Nobody lives with a clock that is half a year off: it was never set, or started over with a new battery."""
WIDEST_ZONES = timedelta(hours=26)
"""From UTC-12 to UTC+14: a clock that is ahead by no more may be right somewhere."""
EARLIEST_YEAR = 2012
"""The Bluetooth SIG adopted the first of these profiles in October 2011."""
CLOCK_YEARS = range(1582, 9999)
"""What Date Time can say, and can be reckoned with."""
UNMOVED = timedelta(0)


class TimeCase(StrEnum):
    """What a reading's instant was decided by; kept as its flag. CLOCK_RIGHT needs none."""

    CLOCK_RIGHT = ""
    """The device's wall time, less the few minutes that its clock is off."""
    CLOCK_WRONG = "clock_wrong"
    """Counted back from the moment the clock was read: a wrong clock still tells how long ago."""
    WRONG_YEAR = "wrong_year"
    """The same, of a clock that is half a year off or more."""
    ZONE_CHANGED = "zone_changed"
    """The clock was moved after the record, as travellers do: counted back by the device's unmoved base time."""
    CLOCK_SET_BACK = "clock_set_back"
    """Later records bear earlier times: the wall time as the record tells it, for want of better."""
    CLOCK_RESET = "clock_reset"
    """The clock started over after the record: the wall time as the record tells it."""
    CLOCK_UNKNOWN = "clock_unknown"
    """The clock could not be read: the wall time as the record tells it."""
    CLOCK_AHEAD = "clock_ahead"
    """As those three; but the newest record lay ahead of its own arrival by less than two zones can: all moved back
    by that much, the least that the clock must be ahead."""
    RECEIVE_STAMPED = "receive_stamped"
    """A record without a time that came alone, just measured: the instant of its arrival."""


class ClockReading(NamedTuple):
    """What the device's clock showed (naive, the device's own wall time), and when it was read (aware UTC)."""

    device_time: datetime
    read_at: datetime

    def drift(self, zone: ZoneInfo) -> timedelta:
        """How far it is ahead of the wall clock of that zone."""
        return self.device_time - self.read_at.astimezone(zone).replace(tzinfo=None)


class NotAReading(DecodeError):
    """Well-formed, and yet nothing that belongs among a patient's readings."""


class Stamps(NamedTuple):
    """The times of a session's records, in columns. `shown` is the wall time that the device displays (naive), the
    device's unmoved base time plus `moved`; `numbers` order the records of a memory, None where they do not."""

    shown: Sequence[datetime]
    moved: Sequence[timedelta]
    numbers: Sequence[int] | None

    def base(self, place: int) -> datetime:
        return self.shown[place] - self.moved[place]


class Dates(NamedTuple):
    """When the records of one session were taken, in columns: milliseconds since 1970 UTC, the seconds that were
    added to the time displayed, and the TimeCase as a flag. `undatable` tells by place which records nobody can
    date: they are kept aside, not guessed, and their columns hold anything."""

    taken_at_ms: Sequence[int]
    clock_offset_s: Sequence[int]
    flags: Sequence[str]
    undatable: Mapping[int, NotAReading]

    def each(self) -> Iterator[tuple[datetime, int, str]]:
        """By record: when it was taken (aware UTC), the seconds added, the flag."""
        return zip(map(from_ms, self.taken_at_ms), self.clock_offset_s, self.flags, strict=True)


# An orderly memory, as nearly all are: in columns, because a clinic's computer takes in thousands of them


def is_orderly(stamps: Stamps, clock: ClockReading) -> bool:
    """Nobody moved the clock since the first record, its time never went back, and it shows about the right year."""
    shown, moved, numbers = stamps
    return (
        (numbers is None or (_never_falls(numbers) and _never_falls(shown)))
        and abs(clock.device_time - clock.read_at.replace(tzinfo=None)) < WRONG_DATE
        and moved.count(moved[0]) == len(moved)
        and min(shown).year > EARLIEST_YEAR
        and max(shown) - clock.device_time <= TRUSTED_DRIFT
    )


def _never_falls(values: Sequence[Any]) -> bool:
    return all(map(le, values, values[1:]))


def date_orderly(stamps: Stamps, clock: ClockReading, zone: ZoneInfo) -> Dates:
    """All by the clock that was read."""
    drift, count = clock.drift(zone), len(stamps.shown)
    case = _case_of(drift)
    if case is TimeCase.CLOCK_RIGHT:
        instants = _by_wall([time - drift for time in stamps.shown] if drift else stamps.shown, zone)
    else:
        shown, read_at_ms = clock.device_time, to_ms(clock.read_at)
        instants = [read_at_ms - (shown - time) // MILLISECOND for time in stamps.shown]
    return Dates(instants, [_seconds(-drift)] * count, [case.value] * count, {})


def _case_of(drift: timedelta) -> TimeCase:
    if abs(drift) <= TRUSTED_DRIFT:
        return TimeCase.CLOCK_RIGHT
    return TimeCase.CLOCK_WRONG if abs(drift) <= WRONG_DATE else TimeCase.WRONG_YEAR


_EPOCH = EPOCH.replace(tzinfo=None)


def _by_wall(walls: Sequence[datetime], zone: ZoneInfo) -> list[int]:
    ahead = cast("Callable[[datetime], timedelta]", zone.utcoffset)
    return [(wall - _EPOCH - ahead(wall)) // MILLISECOND for wall in walls]


# Record by record: what one of them is dated as


class Dated(NamedTuple):
    """The instant (aware UTC), what was added to the time displayed, and why."""

    taken_at: datetime
    added: timedelta
    case: TimeCase


Decision = Dated | NotAReading


def in_columns(decisions: Iterable[Decision]) -> Dates:
    """The decisions in their order."""
    undatable: dict[int, NotAReading] = {}
    dated: list[Dated] = []
    for place, decision in enumerate(decisions):
        if isinstance(decision, NotAReading):
            undatable[place], decision = decision, Dated(EPOCH, UNMOVED, TimeCase.CLOCK_UNKNOWN)
        dated.append(decision)
    return Dates(
        [to_ms(each.taken_at) for each in dated],
        [_seconds(each.added) for each in dated],
        [each.case.value for each in dated],
        undatable,
    )


def date_by_clock(stamps: Stamps, places: Sequence[int], clock: ClockReading, zone: ZoneInfo) -> list[Decision]:
    """Records stamped by the clock that was read, the newest of them last. A right clock is the patient's wall clock,
    through changes of daylight saving time; a wrong one only counts."""
    drift = clock.drift(zone)
    case = _case_of(drift)
    decisions: list[Decision] = []
    for place in places:
        shown, counted = stamps.shown[place], _counted_back(stamps, place, places[-1], clock)
        if case is not TimeCase.CLOCK_RIGHT:
            decisions.append(_decided(shown, counted, -drift, case))
        elif stamps.moved[place] == stamps.moved[places[-1]]:
            decisions.append(_decided(shown, _instant(shown, -drift, zone), -drift, case))
        else:
            decisions.append(_since_moved(shown, counted, drift, zone))
    return decisions


def _since_moved(shown: datetime, counted: datetime | None, drift: timedelta, zone: ZoneInfo) -> Decision:
    """A record from before the clock was moved: by the wall if daylight saving time moves it like that, else by
    counting."""
    by_wall = _instant(shown, -drift, zone)
    if counted is None or by_wall is None or abs(counted - by_wall) <= TRUSTED_DRIFT:
        return _decided(shown, by_wall, -drift, TimeCase.CLOCK_RIGHT)
    return _decided(shown, counted, counted - by_wall - drift, TimeCase.ZONE_CHANGED)


def _counted_back(stamps: Stamps, place: int, newest: int, clock: ClockReading) -> datetime | None:
    """How long ago by the base time, which nobody moves. The clock shows it moved as far as the newest record is."""
    try:
        return clock.read_at - (clock.device_time - stamps.moved[newest] - stamps.base(place))
    except OverflowError:
        return None


def date_by_wall(
    stamps: Stamps, places: Sequence[int], case: TimeCase, zone: ZoneInfo, arrived_at: datetime
) -> list[Decision]:
    """Records stamped by a clock that was not read, or was set since: the patient's wall clock, for want of better;
    but not past their own arrival."""
    latest = arrived_at + WIDEST_ZONES
    shown = [stamps.shown[place] for place in places]
    instants = [_instant(time, UNMOVED, zone) for time in shown]
    ahead = max([UNMOVED, *(instant - arrived_at for instant in instants if instant and instant <= latest)])
    decisions: list[Decision] = []
    for time, instant in zip(shown, instants, strict=True):
        if instant and instant > latest:
            decisions.append(_refused(f"{time} lies after its own arrival"))
        else:
            corrected = _instant(time, -ahead, zone)
            decisions.append(_decided(time, corrected, -ahead, TimeCase.CLOCK_AHEAD if ahead else case))
    return decisions


def refuse_after_reset(places: Sequence[int]) -> list[Decision]:
    """Records stamped by a clock that had started over, and was set since."""
    return [_refused("the clock had started over when this was measured") for _ in places]


def _instant(shown: datetime, added: timedelta, zone: ZoneInfo) -> datetime | None:
    """What the device displayed, corrected, on the wall of that zone; None outside the calendar."""
    try:
        (instant_ms,) = _by_wall([shown + added], zone)
        return EPOCH + instant_ms * MILLISECOND
    except OverflowError:
        return None


def _decided(shown: datetime, taken_at: datetime | None, added: timedelta, case: TimeCase) -> Decision:
    if taken_at is None:
        return _refused(f"{shown} lies outside the calendar")
    if taken_at.year < EARLIEST_YEAR:
        return _refused(f"the year {taken_at.year}: the clock was never set")
    return Dated(taken_at, added, case)


def _refused(why: str) -> NotAReading:
    return NotAReading(f"{why}: nobody can say when it was", where="time", advice="set the clock of the device")


def _seconds(added: timedelta) -> int:
    return int(added.total_seconds())
