"""A reading as a point of InfluxDB: which one, how it is written, and how it is read again. Pure.

The measurement is the metric; patient and device are tags; everything else is a field, and every field is written
every time, because the server would complete a point from an older one at the same place. What a field keeps is the
text that gives exactly the same value again: Decimals as their own digits, bytes as base64, None as "".

The timestamp is the instant plus the sequence number as nanoseconds: two records of one second are two points, and
the number adds no series. As long as sequences are below a million, as every counter of a device is, no two readings
can meet. Numbers that stand for a hash are longer; should two of those meet, the later one takes the next free
nanosecond. Nothing is read from the timestamp: instant and sequence are fields, too.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from companion.clock import from_ms, to_ms
from companion.readings.reading import Kind, Limit, Meal, Metric, Reading

SECOND_NS, MILLISECOND_NS = 10**9, 10**6
FIRST_NS, LAST_NS = -9_223_372_036 * SECOND_NS, 9_223_372_036 * SECOND_NS
"""The years 1677 to 2262, in whole seconds: the server knows no others. What lies beyond is kept at the end."""
REACH_NS = 2 * SECOND_NS
"""A point lies less than that behind its instant: a second for the sequence, the rest for those that met."""

KEY_COLUMNS = ("device", "taken_at_ms", "sequence")
COLUMNS = (
    *KEY_COLUMNS, "value", "unit", "kind", "source", "diastolic", "pulse", "limit", "meal", "device_time",
    "clock_offset_s", "flags", "raw",
)  # fmt: skip
"""What is asked of a point, in the order in which `reading_of` takes it."""


class KnownPoint(NamedTuple):
    """A point that is there already: where, and which reading it holds (one patient's, of one metric)."""

    at_ns: int
    device: str
    taken_at_ms: int
    sequence: int


def tag(name: str) -> str:
    """The name with everything but ASCII letters, digits and -._~: as %XX: without meaning in a line, a query or a
    predicate, on every version of the server, whatever the name holds."""
    return quote(name, safe=":")


def name_of(text: str) -> str:
    """The name that became that tag."""
    return unquote(text, errors="strict")


def earliest_ns(instant: datetime) -> int:
    """Where the points of an instant begin."""
    return min(max(to_ms(instant) * MILLISECOND_NS, FIRST_NS), LAST_NS - REACH_NS)


def place(readings: Iterable[Reading], there: Iterable[KnownPoint]) -> Iterator[tuple[Reading, int]]:
    """The readings that are not there, each with a timestamp of its own. All are one patient's, of one metric; of
    two with one key the first counts."""
    there = list(there)
    known = {(point.device, point.taken_at_ms, point.sequence) for point in there}
    held = {(point.device, point.at_ns) for point in there}
    for reading in readings:
        key = (reading.device, to_ms(reading.taken_at), reading.sequence)
        if key in known:
            continue
        at_ns = earliest_ns(reading.taken_at) + reading.sequence % SECOND_NS
        while (reading.device, at_ns) in held:
            at_ns += 1
        known.add(key)
        held.add((reading.device, at_ns))
        yield reading, at_ns


def line_of(reading: Reading, at_ns: int) -> str:
    """One line of line protocol, without its line end."""
    return (
        f"{reading.metric.value},device={tag(reading.device)},patient={tag(reading.patient)} "
        f"taken_at_ms={to_ms(reading.taken_at)}i,sequence={reading.sequence}i,"
        f"clock_offset_s={reading.clock_offset_s}i,value={_quoted(_digits(reading.value))},"
        f"unit={_quoted(reading.unit)},kind={_quoted(reading.kind.value)},source={_quoted(reading.source)},"
        f"diastolic={_quoted(_digits(reading.diastolic))},pulse={_quoted(_digits(reading.pulse))},"
        f"limit={_quoted(reading.limit or '')},meal={_quoted(reading.meal or '')},"
        f"device_time={_quoted(reading.device_time)},flags={_quoted(reading.flags)},"
        f"raw={_quoted(b64encode(reading.raw).decode())} {at_ns}"
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _digits(value: Decimal | None) -> str:
    return "" if value is None else format(value, "f")


def select(patient: str, metric: Metric, columns: Sequence[str], first_ns: int, last_ns: int) -> str:
    """InfluxQL for the points between two timestamps, both included, by time."""
    names = ", ".join(f'"{name}"' for name in columns)
    return (
        f'SELECT {names} FROM "{metric.value}" WHERE "patient" = \'{tag(patient)}\''  # noqa: S608
        f" AND time >= {first_ns} AND time <= {last_ns}"
    )


def point_of(row: Sequence[Any]) -> KnownPoint:
    """A row of `KEY_COLUMNS`, the timestamp first."""
    at_ns, device, taken_at_ms, sequence = row
    return KnownPoint(at_ns, name_of(device), taken_at_ms, sequence)


def reading_of(patient: str, metric: Metric, row: Sequence[Any]) -> Reading:
    """A row of `COLUMNS`, the timestamp first."""
    _, device, taken_at_ms, sequence, value, unit, kind, source, diastolic, pulse, limit, meal, *rest = row
    device_time, clock_offset_s, flags, raw = rest
    return Reading(
        patient=patient,
        metric=metric,
        taken_at=from_ms(taken_at_ms),
        device=name_of(device),
        sequence=sequence,
        value=_number(value),
        unit=unit,
        kind=Kind(kind),
        source=source,
        diastolic=_number(diastolic),
        pulse=_number(pulse),
        limit=Limit(limit) if limit else None,
        meal=Meal(meal) if meal else None,
        device_time=device_time,
        clock_offset_s=clock_offset_s,
        flags=flags,
        raw=b64decode(raw),
    )


def _number(digits: str) -> Decimal | None:
    return Decimal(digits) if digits else None
