"""The values of one device and kind: what they share, each different value measured once, and their figures."""

from decimal import Decimal

from companion.devices.uploads.calendar import Calendar
from companion.devices.uploads.course import Course
from companion.devices.uploads.format import Record
from companion.devices.uploads.offsets import Choice
from companion.devices.uploads.values import Measured
from companion.readings.reading import Limit, Metric

MOST_REMEMBERED = 20_000
"""Values, days or times of day of one stream. A meter shows some hundred values, a day has 1440 minutes."""

SECOND = 1_000_000
_NEVER = 1 << 62
_CLOSE = 20 * 60 * SECOND
"""How far a transmitter's count may lie from a pass and still tell it from the other, an hour off or half an hour."""


class Entry:
    """One value of one stream. `number` stands for it, the same in all streams whose records may be the same, and
    `times` are those it was met at; `n` counts its readings, `raw` is its text."""

    __slots__ = ("measured", "n", "number", "raw", "stream", "times")

    def __init__(self, stream: "Stream", measured: Measured, number: int, times: set[int], raw: str) -> None:
        self.stream = stream
        self.measured = measured
        self.number = number
        self.times = times
        self.raw = raw
        self.n = 0


class Span:
    """The earliest and the latest instant of the records that may be the same. What lies beyond is none of them."""

    __slots__ = ("earliest", "latest")

    def __init__(self) -> None:
        self.earliest, self.latest = _NEVER, -1

    def is_beyond(self, utc: int) -> bool:
        """Whether the instant lies outside; the span reaches it from then on."""
        if utc > self.latest:
            self.latest = utc
            self.earliest = min(self.earliest, utc)
            return True
        if utc < self.earliest:
            self.earliest = utc
            return True
        return False


class Stream:
    """The values of one device, kind, unit and zone in one member of the file.

    `entries` are the values met before, by their text; `numbers` those of them that are one number. `n` readings,
    `measured` of them numbers, with the figures of those in `unit`.
    `number` and `span` are the same for all streams whose records may be the same: device, kind, person, zone.
    """

    def __init__(self, number: int, span: Span, record: Record, calendar: Calendar, member: str) -> None:
        self.number = number
        self.span = span
        self.metric, self.kind = record.metric, record.kind
        self.device, self.subject = record.device, record.subject
        self.calendar = calendar
        self.has_own_zone = bool(record.zone)
        self.member = member
        self.entries: dict[object, Entry] = {}
        self.numbers: dict[str, Entry] = {}
        self.course = Course()
        self.unit: str | None = None
        self.measured = 0
        self.least = self.greatest = self.total = Decimal(0)
        self.limits = dict.fromkeys(Limit, 0)
        self.n = 0
        self.states_offsets = self.lacks_offsets = False
        self.anchors: dict[str, tuple[int, int]] = {}

    @property
    def name(self) -> str:
        """What the figures call it: its kind; ketones by themselves."""
        return "ketone" if self.metric is Metric.KETONE else self.kind.value

    def anchor(self, record: Record, utc: int) -> None:
        """Notes when a transmitter's count stood where."""
        if record.ticks is not None:
            if len(self.anchors) >= MOST_REMEMBERED:
                self.anchors.clear()
            self.anchors[record.transmitter] = utc, record.ticks

    def told_pass(self, record: Record, local: int, choice: Choice) -> bool | None:
        """Whether a time that came twice is the second one, by the transmitter's count of seconds; None without."""
        anchor = self.anchors.get(record.transmitter)
        if record.ticks is None or anchor is None:
            return None
        utc, ticks = anchor
        expected = utc + (record.ticks - ticks) * SECOND
        off_first, off_second = (abs(local - offset - expected) for offset in (choice.first, choice.second))
        return off_second < off_first if min(off_first, off_second) < _CLOSE else None

    def sum_up(self) -> None:
        """Adds what the entries counted to the figures, and forgets the entries."""
        for entry in self.entries.values():
            self.add(entry.measured, entry.n)
        self.entries.clear()
        self.numbers.clear()

    def add(self, measured: Measured, n: int) -> None:
        """`n` readings of one value."""
        if not n:
            return
        self.n += n
        self.unit = measured.unit
        if measured.limit:
            self.limits[measured.limit] += n
        elif measured.value is not None:
            value = measured.value
            self.least = min(self.least, value) if self.measured else value
            self.greatest = max(self.greatest, value) if self.measured else value
            self.total += value * n
            self.measured += n
