"""Raw records → drafts of readings: which stream they belong to, what was measured, and when.

What a file repeats (a value, a day, a time of day) is worked out once: files have hundreds of thousands of rows.
"""

from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.clock import get_zone
from companion.devices.uploads.calendar import Calendar, EvenDays
from companion.devices.uploads.course import Course
from companion.devices.uploads.dates import FARTHEST_OFFSET, ORDERS
from companion.devices.uploads.format import Record
from companion.devices.uploads.moments import MICROSECOND, Moment, midnight_in, moment_in
from companion.devices.uploads.offsets import Offsets
from companion.devices.uploads.orders import DateOrder, Votes
from companion.devices.uploads.repeated import Repeated
from companion.devices.uploads.seen import Seen
from companion.devices.uploads.streams import MOST_REMEMBERED, Entry, Span, Stream
from companion.devices.uploads.values import Measured, measure
from companion.errors import BadInput
from companion.readings.units import GlucoseUnit

_MOST_STREAMS = 10_000
_MOST_REPEATED = 50_000
OPEN = 1 << 62
"""Stands for an instant that is not known; any that is known is smaller."""

_FARTHEST = FARTHEST_OFFSET // MICROSECOND


class Choices(NamedTuple):
    """What a person, or the patient's record, says about a file that does not say it itself."""

    zone: ZoneInfo | None = None
    unit: str | None = None
    dates: str | None = None


def checked_choices(zone: ZoneInfo | None, unit: str | None, dates: str | None) -> Choices:
    """The choices, or BadInput for a unit or an order that does not exist."""
    if unit is not None and unit not in [*GlucoseUnit]:
        raise BadInput(f"{unit!r} is no unit of glucose", where="unit", advice="say mg/dL or mmol/L")
    if dates is not None and dates not in ORDERS:
        raise BadInput(f"{dates!r} is no order of dates", where="dates", advice="say DMY, MDY or YMD")
    return Choices(zone, unit, dates)


class Draft(NamedTuple):
    """A reading on its way. Times are microseconds on the wall clock, and in UTC; None while something is open.

    `repeated` is its place among the values of repeated hours, whose instants are only known at the end; else -1.
    `is_absolute`: the file itself states the offset from UTC.
    """

    row: int
    entry: Entry
    record: Record
    time: str
    local: int | None
    utc: int | None
    flag: str = ""
    repeated: int = -1
    is_absolute: bool = False


def when(draft: Draft, utc: int | None) -> int:
    """One number for the record's time, which with its entry's number makes it the record that it is.

    The wall clock's time is enough in a zone, except where it came twice; else the instant belongs to it. A record
    with an id of its own is only the same as one with that id.
    """
    if draft.local is None:
        time = OPEN + hash(draft.time) % OPEN
    elif draft.is_absolute or draft.repeated >= 0:
        time = draft.local << 64 | (utc or 0)
    else:
        time = draft.local
    own_id = draft.record.vendor_id
    return time if not own_id else (1 << 64 | hash(own_id) % OPEN) << 128 | time


class Series(NamedTuple):
    """What the samples of one series have in common: where to look up each of their texts."""

    record: Record
    course: Course
    span: Span
    numbers: dict[str, Entry]
    days: EvenDays
    clocks: dict[str, int]


class _Placed(NamedTuple):
    """The fields of a draft that say when it was; see there."""

    utc: int | None
    flag: str = ""
    repeated: int = -1
    is_absolute: bool = False


class Settler:
    """Settles the records of one pass over a file. `order` is how its dates are read; `votes` hear every date."""

    def __init__(self, choices: Choices, order: DateOrder, votes: Votes) -> None:
        self._choices = choices
        self._order = order
        self._votes = votes
        self._streams: dict[tuple[object, ...], Stream] = {}
        self.series: dict[int, Series] = {}
        self._identities: dict[tuple[object, ...], tuple[int, Span]] = {}
        self._values: dict[tuple[object, ...], int] = {}
        self._calendars: dict[str, Calendar] = {}
        self.seen = Seen()
        self.repeated: list[Repeated] = []

    @property
    def streams(self) -> list[Stream]:
        return list(self._streams.values())

    def know(self, series: Record, stream: Stream) -> None:
        """The series is in that stream. Once one of its times has left its offset from UTC to the zone, the others that
        do are looked up by their texts alone."""
        if stream.lacks_offsets and len(self.series) < _MOST_STREAMS:
            calendar = stream.calendar
            self.series[id(series)] = Series(
                series, stream.course, stream.span, stream.numbers, calendar.even_days, calendar.plain_clocks
            )

    def draft(self, member: str, row: int, record: Record) -> Draft:
        """Raises BadInput for what cannot be a measurement, and for a time that is none."""
        stream = self._stream_of(member, record)
        moment = self._moment_of(record, stream)
        entry = self._entry_of(record, stream)
        placed = self._placed(record, stream, entry, moment)
        return Draft(row, entry, record, record.time, moment.local if moment else None, *placed)

    def _placed(self, record: Record, stream: Stream, entry: Entry, moment: Moment | None) -> _Placed:
        """The instant, as far as the record's own offset or its zone tells."""
        if moment is None:
            return _Placed(None)
        local, offset = moment
        offsets = stream.calendar.offsets
        if offset is not None:
            return _Placed(local - offset, is_absolute=True)
        if offsets is None:
            return _Placed(None)
        choice = offsets.at(local)
        if choice.came_twice:
            told = stream.told_pass(record, local, choice)
            return self._repeated(Repeated(stream, stream.course.place, local, choice, entry.number, told))
        stream.anchor(record, local - choice.first)
        return _Placed(local - choice.first, "gap" if choice.is_skipped else "")

    def _repeated(self, value: Repeated) -> _Placed:
        if len(self.repeated) >= _MOST_REPEATED:
            raise BadInput("more values in repeated hours than any device can have measured")
        self.repeated.append(value)
        return _Placed(None, "fold", len(self.repeated) - 1)

    def _stream_of(self, member: str, record: Record) -> Stream:
        key = (member, record.metric, record.kind, record.unit, record.device, record.subject, record.zone)
        stream = self._streams.get(key)
        if stream is None:
            if len(self._streams) >= _MOST_STREAMS:
                raise BadInput(f"the file names more than {_MOST_STREAMS} devices and persons")
            identity = (record.subject, record.device, record.metric, record.kind, record.zone)
            number, span = self._identities.setdefault(identity, (len(self._identities), Span()))
            stream = self._streams[key] = Stream(number, span, record, self._calendar_of(record), member)
        return stream

    def _calendar_of(self, record: Record) -> Calendar:
        zone = get_zone(record.zone) if record.zone else self._choices.zone
        name = zone.key if zone else ""
        if name not in self._calendars:
            midnight_of = partial(midnight_in, order=self._order, votes=self._votes)
            self._calendars[name] = Calendar(Offsets(zone) if zone else None, midnight_of)
        return self._calendars[name]

    def _entry_of(self, record: Record, stream: Stream) -> Entry:
        text = (record.value, record.diastolic, record.pulse) if record.diastolic or record.pulse else record.value
        entry = stream.entries.get(text)
        if entry is None:
            measured = measure(record, self._choices.unit)
            if len(stream.entries) >= MOST_REMEMBERED:
                stream.sum_up()
            number = stream.number << 48 | self._number_of(measured)
            raw = "/".join(filter(None, (record.value, record.diastolic, record.pulse)))
            entry = stream.entries[text] = Entry(stream, measured, number, self.seen.times_of(number), raw)
            if isinstance(text, str) and not measured.limit:
                stream.numbers[text] = entry
        return entry

    def _number_of(self, measured: Measured) -> int:
        """The same number for the same value, however it was written."""
        value = (measured.value, measured.limit, measured.diastolic, measured.pulse)
        if len(self._values) > 10 * MOST_REMEMBERED:
            return hash(value) % 2**40 + 2**40
        return self._values.setdefault(value, len(self._values))

    def _moment_of(self, record: Record, stream: Stream) -> Moment | None:
        moment = self._moment_in(record.time, stream.calendar)
        if moment is None:
            return None
        if record.utc:
            moment = self._beside_utc(record, moment)
        stream.states_offsets |= moment.offset is not None
        stream.lacks_offsets |= moment.offset is None
        return moment

    def _moment_in(self, text: str, calendar: Calendar) -> Moment | None:
        moment = calendar.find(text)
        if moment is None and (moment := moment_in(text, self._order, self._votes)):
            calendar.remember(text, moment)
        return moment

    def _beside_utc(self, record: Record, moment: Moment) -> Moment:
        """The time, where the row states the same moment in UTC, with the offset that follows."""
        utc = moment_in(record.utc, self._order, self._votes)
        offset = moment.local - utc.local if utc else _FARTHEST + 1
        if abs(offset) > _FARTHEST:
            raise BadInput(f"{record.time[:40]!r} and {record.utc[:40]!r} (UTC) are not the same moment")
        return Moment(moment.local, offset)
