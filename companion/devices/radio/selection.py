"""Which records to ask a device's memory for: everything, what is new, or what is left after a broken transfer."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple, TypeVar

from companion.devices.profiles.record_access import Operator
from companion.devices.quirks import Quirks

Ordered = TypeVar("Ordered", int, datetime)

LAST_NUMBER = 0xFFFF
"""Behind it comes 0, which no "from n" reaches."""
NUMBERS = LAST_NUMBER + 1


class Mark(NamedTuple):
    """The newest record of a transfer that was read to its end: where the next one goes on.

    `number` is its sequence number, or for a sensor its minutes; `time` its base time, or the start of the
    sensor's session (naive, the device's own), None where that is not known. Both together tell a memory that was
    erased, and has reached the same numbers anew.
    """

    number: int
    time: datetime | None = None


class Entry(NamedTuple):
    """A record as far as asking for it goes: its number, its base time, and the time that the device displays."""

    number: int
    time: datetime | None
    shown_time: datetime | None

    @property
    def mark(self) -> Mark:
        return Mark(self.number, self.time)


class Selection(NamedTuple):
    """An operator of the control point, and its values: numbers, or times as the device displays them."""

    operator: Operator
    values: tuple[int | datetime, ...] = ()


ALL_RECORDS = Selection(Operator.ALL)
FIRST_RECORD = Selection(Operator.FIRST)
"""The oldest; the newest of a device that numbers backwards."""


def from_number(number: int) -> Selection:
    return Selection(Operator.GREATER_OR_EQUAL, (number,))


def everything(quirks: Quirks) -> Selection:
    return from_number(0) if quirks.asks_from_number else ALL_RECORDS


def starting_at(mark: Mark | None, quirks: Quirks) -> Selection:
    """The record of the mark, by which the memory is known again, and those behind it; or everything when the
    numbers cannot tell which those are."""
    if mark is None or mark.number >= LAST_NUMBER or not quirks.has_lasting_sequence:
        return everything(quirks)
    return from_number(mark.number)


def rest_of(selection: Selection, received: Sequence[Entry], quirks: Quirks) -> Selection:
    """What is left of the selection after a break, with the last record once more: its context may be missing.

    Records that came in no order leave no choice but to ask for all of it again.
    """
    if not received:
        return selection
    if quirks.has_lasting_sequence:
        return _rest_by_number(selection, [entry.number for entry in received])
    return _rest_by_time(selection, [entry.shown_time for entry in received])


def _rest_by_number(selection: Selection, numbers: Sequence[int]) -> Selection:
    """Behind 65535 comes 0, and then no more than the number before the first."""
    first, last = numbers[0], numbers[-1]
    if not _rises([(number - first) % NUMBERS for number in numbers]):
        return selection
    if last >= first and last < LAST_NUMBER:
        return from_number(last)
    return Selection(Operator.RANGE, (0 if last == LAST_NUMBER else last, first - 1)) if first else selection


def _rest_by_time(selection: Selection, shown: Sequence[datetime | None]) -> Selection:
    """For devices whose numbers move: they still select by the time that they display, whichever way they send."""
    times = [time for time in shown if time is not None]
    if len(times) < len(shown) or len(times) < 2:
        return selection
    if _rises(times):
        return Selection(Operator.GREATER_OR_EQUAL, (times[-1],))
    if _rises(times[::-1]):
        return Selection(Operator.LESS_OR_EQUAL, (times[-1],))
    return selection


def _rises(values: Sequence[Ordered]) -> bool:
    return all(earlier < later for earlier, later in pairwise(values))


def newest(received: Sequence[Entry], quirks: Quirks) -> Mark | None:
    """The mark of records that came whole; None when their order does not tell which is the newest.

    A number may run over from 65535 to 0; a device that numbers backwards calls its newest record 0.
    """
    if not received:
        return None
    if not quirks.has_lasting_sequence:
        return next((entry.mark for entry in received if entry.number == 0), None)
    steps = [(b.number - a.number) % NUMBERS for a, b in pairwise(received)]
    in_order = all(0 < step <= LAST_NUMBER // 2 for step in steps)
    return received[-1].mark if in_order else None


def same_record(mark: Mark, entry: Entry) -> bool:
    """Whether the entry can be the one that the mark was set at."""
    return entry.number == mark.number and (mark.time is None or entry.time == mark.time)
