"""When two records from different sources are one measurement: pure, so that the rule can be read and tested alone.

A meter shows up twice when its readings come by Bluetooth and in the export of its app, or when somebody typed
a value in and downloaded the meter later. The same measurement has the same metric, the same value as far as
the coarser of the two can show it, and the same time: the instant, or the time on the device's own clock, no
more than a minute apart, because exports drop the seconds. Two records of one device are always two
measurements: a source does not repeat itself, its own ledger identity sees to that.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from companion.readings.reading import Kind, Metric, Reading
from companion.readings.units import GlucoseUnit, as_mmol_l

TOLERANCE = timedelta(seconds=60)
"""Exports show minutes; a meter that stamps the end of a measurement differs by less than that."""

FARTHEST_CLOCKS = timedelta(hours=26)
"""Two clocks on earth show times that far apart at most: the reach within which a device's own time may agree
while the instants differ (a clock corrected at the download, a file read in another zone)."""

HALF_A_STEP = {
    GlucoseUnit.MG_DL.value: Decimal("0.5"),
    GlucoseUnit.MMOL_L.value: Decimal("0.05"),
    "mm[Hg]": Decimal("0.5"),
}
"""Half of the last digit that a display shows."""

OTHER_FACTOR = Decimal("0.002")
"""Devices convert by 18, 18.0182 or 18.01559: they differ by less than two in a thousand."""

DAY_ONLY = "day_only"
"""The flag of a reading whose hour nobody told: noon stands in, and is no time to compare."""

SENSOR = frozenset({Kind.SCAN, Kind.HISTORIC, Kind.CGM})

Key = tuple[str, datetime, str, int]
Place = tuple[tuple[Metric, bool], str, datetime]
MINUTE = timedelta(minutes=1)


class Match(NamedTuple):
    """`other` is the same measurement as `counted`; `why` is "instant" or "device time"."""

    counted: Reading
    other: Reading
    why: str


def key_of(reading: Reading) -> Key:
    """What names a reading of one patient."""
    return reading.metric.value, reading.taken_at, reading.device, reading.sequence


def same_value(one: Reading, other: Reading) -> bool:
    """Whether both would be shown as the same value."""
    if one.value is None or other.value is None:
        return one.limit is not None and one.limit == other.limit
    if one.metric is not Metric.BLOOD_PRESSURE:
        return _same_concentration(one.value, one.unit, other.value, other.unit)
    lower = one.diastolic is not None and other.diastolic is not None and _close(one.diastolic, other.diastolic)
    pulses = one.pulse is None or other.pulse is None or _close(one.pulse, other.pulse)
    return lower and pulses and _close(one.value, other.value)


def same_time(one: Reading, other: Reading) -> str:
    """ "instant" or "device time", whichever agrees within the tolerance; "" for two different times."""
    if DAY_ONLY in one.flags or DAY_ONLY in other.flags:
        return ""
    apart = abs(one.taken_at - other.taken_at)
    if apart <= TOLERANCE:
        return "instant"
    if apart <= FARTHEST_CLOCKS and one.device_time and other.device_time:
        return "device time" if abs(_shown(one) - _shown(other)) <= TOLERANCE else ""
    return ""


def find_matches(
    readings: Iterable[Reading], running: Mapping[Key, Key], barred: Iterable[frozenset[Key]]
) -> list[Match]:
    """The links that are missing among one patient's readings, each record linked to one at most.

    `running` maps every linked reading to the one that counts for it; `barred` are pairs that a person said are
    two measurements. What came by Bluetooth counts before a file, a file before what was typed.
    """
    groups = _Groups(running, set(barred))
    found = []
    for reading in sorted(readings, key=_rank):
        if key_of(reading) in running:
            continue
        match = groups.match_of(reading)
        if match:
            found.append(match)
            groups.merge(match)
        else:
            groups.lead(reading)
    return found


class _Groups:
    """Readings that are one measurement, each group under the one that counts, found by minute."""

    def __init__(self, running: Mapping[Key, Key], barred: set[frozenset[Key]]) -> None:
        self._barred = barred
        self._members: dict[Key, set[Key]] = defaultdict(set)
        for other, leader in running.items():
            self._members[leader].add(other)
        self._by_minute: dict[Place, list[Reading]] = defaultdict(list)

    def lead(self, reading: Reading) -> None:
        """A reading that counts by itself."""
        self._members[key_of(reading)].add(key_of(reading))
        for place in _places(reading):
            self._by_minute[place].append(reading)

    def merge(self, match: Match) -> None:
        """The other's whole group counts under the other leader from now on."""
        other = key_of(match.other)
        self._members[key_of(match.counted)] |= self._members.pop(other, set()) | {other}

    def match_of(self, reading: Reading) -> Match | None:
        """The leader nearest in time that is the same measurement, if there is one."""
        candidates = [leader for leader in self._near(reading) if self._may_be_one(leader, reading)]
        if not candidates:
            return None
        nearest = min(candidates, key=lambda leader: (_distance(leader, reading), key_of(leader)))
        return Match(nearest, reading, same_time(nearest, reading))

    def _near(self, reading: Reading) -> Iterator[Reading]:
        met: set[Key] = set()
        for family, clock, minute in _places(reading):
            for step in (-MINUTE, timedelta(0), MINUTE):
                for leader in self._by_minute.get((family, clock, minute + step), ()):
                    if key_of(leader) not in met:
                        met.add(key_of(leader))
                        yield leader

    def _may_be_one(self, leader: Reading, reading: Reading) -> bool:
        ours, theirs = self._members[key_of(leader)], self._members.get(key_of(reading), set()) | {key_of(reading)}
        if {key[2] for key in ours} & {key[2] for key in theirs}:
            return False
        if any(frozenset((one, other)) in self._barred for one in ours for other in theirs):
            return False
        return same_value(leader, reading) and bool(same_time(leader, reading))


def _places(reading: Reading) -> list[Place]:
    """Under which minutes a reading is looked for: by its instant, and by its device's clock."""
    family = (reading.metric, reading.kind in SENSOR)
    places = [(family, "instant", _minute(reading.taken_at))]
    return places + ([(family, "device", _minute(_shown(reading)))] if reading.device_time else [])


def _minute(time: datetime) -> datetime:
    return time.replace(second=0, microsecond=0)


def _shown(reading: Reading) -> datetime:
    """What the device's clock showed; compared as if every clock stood in one place."""
    return datetime.fromisoformat(reading.device_time).replace(tzinfo=UTC)


def _distance(one: Reading, other: Reading) -> timedelta:
    instants = abs(one.taken_at - other.taken_at)
    if one.device_time and other.device_time:
        return min(instants, abs(_shown(one) - _shown(other)))
    return instants


def _rank(reading: Reading) -> tuple[int, datetime, str, int]:
    from_file, is_typed = reading.device.startswith("file:"), reading.kind is Kind.TYPED
    return (2 if is_typed else int(from_file)), reading.taken_at, reading.device, reading.sequence


def _same_concentration(one: Decimal, unit: str, other: Decimal, others_unit: str) -> bool:
    if unit == others_unit:
        return abs(one - other) <= HALF_A_STEP[unit]
    apart = abs(as_mmol_l(one, GlucoseUnit(unit)) - as_mmol_l(other, GlucoseUnit(others_unit)))
    return apart <= HALF_A_STEP[GlucoseUnit.MMOL_L] + OTHER_FACTOR * as_mmol_l(one, GlucoseUnit(unit))


def _close(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= HALF_A_STEP["mm[Hg]"]
