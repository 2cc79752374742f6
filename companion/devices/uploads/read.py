"""The one door for uploaded files: bytes in, a report out. No database, no clock, nothing guessed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from companion.devices.uploads.detect import Known, detect
from companion.devices.uploads.export import Export
from companion.devices.uploads.figures import count_by_metric, count_limits, file_unit, totals_by_kind
from companion.devices.uploads.format import Format, Found, Outcome, Rejected, Skipped
from companion.devices.uploads.report import Question, Rejection, UploadedReading, UploadReport
from companion.devices.uploads.settle import (
    Choices,
    DateOrder,
    Draft,
    checked_choices,
    decide_order,
    drafts_of,
    identity,
    with_instants,
    without_duplicates,
)
from companion.devices.uploads.source import Source, as_source
from companion.readings.units import GlucoseUnit


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Every row of the file in its class: `drafts` of those that gave values, and the others."""

    drafts: Sequence[Draft]
    rejected: tuple[Rejection, ...]
    skipped: Counter[str]
    read: int


def read_export(
    source: Source | bytes,
    *,
    zone: ZoneInfo | None,
    unit: str | None,
    dates: str | None,
    more: Sequence[Format[Export]] = (),
) -> UploadReport:
    """What a file holds. Raises BadInput for bytes that are no export at all, and for a choice that does not exist.

    `source` is the content or whatever opens it (a path does). `zone` is where its local times are, `unit`
    ("mg/dL", "mmol/L") and `dates` ("DMY", "MDY", "YMD") speak for a file that does not say. What stays open is
    a question in the report, which then has no readings in `rows`. `more` are tables that a person explained.
    """
    choices = checked_choices(zone, unit, dates)
    parts = detect(as_source(source), more)
    return _report(parts, choices) if parts else _NOT_UNDERSTOOD


_NOT_UNDERSTOOD = UploadReport(
    format=None, unit=None, date_order=None, zone=None, zone_source="none", rows_read=0, readings={}, kinds={},
    duplicates_in_file=0, out_of_range={"low": 0, "high": 0}, rejected=(), skipped={},
    questions=(Question("format", ()),), rows=(),
)  # fmt: skip


def _report(parts: Sequence[Known], choices: Choices) -> UploadReport:
    order = decide_order((outcome for part in parts for outcome in part.outcomes()), choices.dates)
    rows = _sort(parts, order, choices)
    kept = without_duplicates(rows.drafts)
    questions = tuple(_questions(kept, order))
    zone, zone_source = _zone(kept)
    return UploadReport(
        format="+".join(sorted({part.format.NAME for part in parts})),
        unit=file_unit(kept),
        date_order=order.order,
        zone=zone,
        zone_source=zone_source,
        rows_read=rows.read,
        readings=count_by_metric(kept),
        kinds=totals_by_kind(kept),
        duplicates_in_file=len({draft.row for draft in rows.drafts} - {draft.row for draft in kept}),
        out_of_range=count_limits(kept),
        rejected=rows.rejected,
        skipped=dict(rows.skipped),
        questions=questions,
        rows=() if questions else tuple(_readings(kept)),
    )


def _sort(parts: Iterable[Known], order: DateOrder, choices: Choices) -> _Sorted:
    drafts: list[Draft] = []
    rejected: list[Rejection] = []
    skipped: Counter[str] = Counter()
    read = 0
    for part, outcome in _rows_of(parts):
        read += 1
        settled = drafts_of(outcome, order, choices) if isinstance(outcome, Found) else outcome
        if isinstance(settled, Rejected):
            rejected.append(Rejection(settled.row, settled.reason, part.export.text_at(settled.row)))
        elif isinstance(settled, Skipped):
            skipped[settled.reason] += 1
        else:
            drafts.extend(settled)
    return _Sorted(with_instants(drafts), tuple(rejected), skipped, read)


def _rows_of(parts: Iterable[Known]) -> Iterator[tuple[Known, Outcome]]:
    return ((part, outcome) for part in parts for outcome in part.outcomes())


def _questions(drafts: Sequence[Draft], order: DateOrder) -> Iterator[Question]:
    if any(draft.measured.unit is None for draft in drafts):
        yield Question("unit", tuple(GlucoseUnit))
    if order.order is None and order.possible:
        yield Question("dates", order.possible)
    if any(_is_adrift(draft) for draft in drafts):
        yield Question("zone", ())


def _is_adrift(draft: Draft) -> bool:
    """A local time, and nobody has said where."""
    return draft.zone is None and (draft.time is None or draft.time.offset is None)


def _zone(drafts: Sequence[Draft]) -> tuple[str | None, str]:
    """The zone's name if all local times of the file share one, and who said it."""
    names = set(filter(None, map(_zone_name, drafts)))
    sources = {_zone_source(draft) for draft in drafts} or {"none"}
    name = names.pop() if len(names) == 1 else None
    return name, sources.pop() if len(sources) == 1 else "mixed"


def _zone_source(draft: Draft) -> str:
    if draft.record.zone or (draft.time and draft.time.offset is not None):
        return "file"
    return "argument" if draft.zone else "none"


def _zone_name(draft: Draft) -> str | None:
    """An offset is no zone: its instants are certain, its next summer is not."""
    if draft.time and draft.time.offset is not None:
        return None
    return draft.zone.key if draft.zone else None


def _readings(drafts: Iterable[Draft]) -> Iterator[UploadedReading]:
    occurrences: Counter[tuple[object, ...]] = Counter()
    sequences: Counter[tuple[object, ...]] = Counter()
    for draft in drafts:
        key = identity(draft)
        place = (draft.record.subject, draft.record.device, draft.record.metric, draft.taken_at)
        occurrences[key] += 1
        sequences[place] += 1
        yield _reading(draft, occurrences[key], sequences[place])


def _reading(draft: Draft, occurrence: int, sequence: int) -> UploadedReading:
    record, measured = draft.record, draft.measured
    assert draft.taken_at is not None, "no question about dates or zone is open"
    assert draft.time is not None, "no question about dates is open"
    assert measured.unit is not None, "no question about the unit is open"
    return UploadedReading(
        metric=record.metric,
        kind=record.kind,
        taken_at=draft.taken_at,
        local_text=record.time,
        device_time=draft.time.local.isoformat(),
        value=measured.value,
        unit=measured.unit,
        row=draft.row,
        raw="/".join(filter(None, (record.value, record.diastolic, record.pulse))),
        diastolic=measured.diastolic,
        pulse=measured.pulse,
        limit=measured.limit,
        meal=record.meal,
        device=record.device,
        subject=record.subject,
        occurrence=occurrence,
        sequence=sequence,
        flags=(*measured.flags, *filter(None, [draft.flag])),
    )
