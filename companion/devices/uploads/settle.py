"""Raw records of a whole file → drafts: the order of the dates, the instants and the duplicates, decided once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from companion.clock import get_zone
from companion.devices.uploads.dates import FARTHEST_OFFSET, ORDERS, LocalTime, in_order, possible_orders, split_time
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.devices.uploads.instants import decide_instants
from companion.devices.uploads.values import Measured, measure
from companion.errors import BadInput
from companion.readings.reading import Metric
from companion.readings.units import GlucoseUnit


@dataclass(frozen=True, slots=True)
class Choices:
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


@dataclass(frozen=True, slots=True)
class DateOrder:
    """`order` is None while a person must choose between `possible`, or when no row has a date."""

    order: str | None
    possible: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A reading on its way: `time` is None while the order of the dates is open, `taken_at` while the zone is."""

    row: int
    record: Record
    measured: Measured
    time: LocalTime | None
    zone: ZoneInfo | None
    taken_at: datetime | None = None
    flag: str = ""


def decide_order(outcomes: Iterable[Outcome], chosen: str | None) -> DateOrder:
    """The one order of day and month for the file: by its rows, else as chosen, else open."""
    texts = {text for outcome in outcomes for text in _times_of(outcome)}
    possible = possible_orders(filter(None, map(split_time, texts)), chosen)
    if len(possible) == 1:
        return DateOrder(possible[0], possible)
    return DateOrder(chosen if chosen in possible else None, possible)


def _times_of(outcome: Outcome) -> Iterable[str]:
    if isinstance(outcome, Found):
        return [text for record in outcome.records for text in (record.time, record.utc) if text]
    return [outcome.time] if isinstance(outcome, Skipped) else []


def drafts_of(outcome: Found, order: DateOrder, choices: Choices) -> tuple[Draft, ...] | Rejected:
    """Every value of one row. If one cannot be read the row is rejected: it needs a person's eye."""
    try:
        return tuple(_draft(outcome.row, record, order, choices) for record in outcome.records)
    except BadInput as bad:
        return Rejected(outcome.row, bad.what)


def _draft(row: int, record: Record, order: DateOrder, choices: Choices) -> Draft:
    zone = get_zone(record.zone) if record.zone else choices.zone
    return Draft(row, record, measure(record, choices.unit), _time_of(record, order), zone)


def _time_of(record: Record, order: DateOrder) -> LocalTime | None:
    """The time of the record; where the row states the same moment in UTC, with the offset that follows."""
    time = _local_time(record.time, order)
    if not record.utc or time is None:
        return time
    utc = _local_time(record.utc, order)
    assert utc is not None, "the order is known"
    offset = time.local - utc.local
    if abs(offset) > FARTHEST_OFFSET:
        raise BadInput(f"{record.time[:40]!r} and {record.utc[:40]!r} (UTC) are not the same moment")
    return LocalTime(time.local, offset)


def _local_time(text: str, order: DateOrder) -> LocalTime | None:
    """Raises BadInput for a text that is no time in any order that the file may have."""
    parts = split_time(text)
    if parts is None:
        raise BadInput(f"{text[:40]!r} is not a date with a time" if text else "no time")
    times = [in_order(parts, each) for each in ([order.order] if order.order else order.possible)]
    if not any(times):
        raise BadInput(f"{text[:40]!r} is no date" + (f" in the order {order.order}" if order.order else ""))
    return times[0] if order.order else None


def with_instants(drafts: Sequence[Draft]) -> list[Draft]:
    """The same drafts, each with its instant where its offset or its zone is known."""
    streams: dict[tuple[object, ...], list[int]] = defaultdict(list)
    settled = list(drafts)
    for index, draft in enumerate(drafts):
        if draft.time and draft.time.offset is not None:
            taken_at = (draft.time.local - draft.time.offset).replace(tzinfo=UTC)
            settled[index] = replace(draft, taken_at=taken_at)
        elif draft.time and draft.zone:
            streams[(*_source(draft), draft.record.kind, draft.zone.key)].append(index)
    for indices in streams.values():
        for index, settled_draft in zip(indices, _settled_stream([drafts[i] for i in indices]), strict=True):
            settled[index] = settled_draft
    return settled


def _settled_stream(drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Local times of one device and kind in one zone, in the order of the file."""
    zone = drafts[0].zone
    local_times = [draft.time.local for draft in drafts if draft.time]
    assert zone is not None, "only zoned times are streamed"
    for draft, instant in zip(drafts, decide_instants(local_times, zone), strict=True):
        yield replace(draft, taken_at=instant.at, flag=instant.flag)


def without_duplicates(drafts: Iterable[Draft]) -> list[Draft]:
    """The first of every set of equal records: same device, kind, time and value."""
    first: dict[tuple[object, ...], Draft] = {}
    for draft in drafts:
        first.setdefault((draft.taken_at, *identity(draft)), draft)
    return list(first.values())


def identity(draft: Draft) -> tuple[object, ...]:
    """Device, kind, local time and value: what makes a record itself, whatever the zone is said to be."""
    measured = draft.measured
    return (
        *_source(draft),
        draft.record.kind,
        draft.time or draft.record.time,
        measured.value,
        measured.limit,
        measured.diastolic,
        measured.pulse,
    )


def _source(draft: Draft) -> tuple[str, str, Metric]:
    return draft.record.subject, draft.record.device, draft.record.metric
