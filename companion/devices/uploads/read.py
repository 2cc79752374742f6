"""The one door for uploaded files: what can be opened in, a report out. No database, no clock, nothing guessed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from zoneinfo import ZoneInfo

from companion.devices.uploads.detect import Detected, Known, detect
from companion.devices.uploads.export import Export
from companion.devices.uploads.figures import count_by_metric, count_limits, file_unit, totals_by_kind
from companion.devices.uploads.format import Format, Found, Outcome, Rejected, Skipped
from companion.devices.uploads.orders import DateOrder, decide_order
from companion.devices.uploads.passes import OutOfOrder, Pass
from companion.devices.uploads.readings import Readings
from companion.devices.uploads.report import Question, UploadReport
from companion.devices.uploads.settle import Choices, Draft, checked_choices
from companion.devices.uploads.source import Source, as_source
from companion.devices.uploads.streams import Stream
from companion.devices.uploads.unknown_table import find_unknown_table
from companion.readings.units import GlucoseUnit

_FIRST_ROWS = 2000
"""Rows whose dates tell the order before the file is read with it: three weeks of a sensor."""


def read_export(
    source: Source | bytes,
    *,
    zone: ZoneInfo | None,
    unit: str | None,
    dates: str | None,
    more: Sequence[Format[Export]] = (),
) -> UploadReport:
    """What a file holds. Raises BadInput for bytes that are no export at all, and for a choice that does not exist.

    `source` is the content or whatever opens it (a path does); it must stay as it is as long as the report's rows
    are wanted. `zone` is where its local times are, `unit` ("mg/dL", "mmol/L") and `dates` ("DMY", "MDY", "YMD")
    speak for a file that does not say. What stays open is a question in the report, which then has no readings in
    `rows`. `more` are tables that a person explained.
    """
    choices = checked_choices(zone, unit, dates)
    source = as_source(source)
    detected = detect(source, more)
    report = _report(detected, choices) if detected.known else _NOT_UNDERSTOOD
    return replace(report, table=find_unknown_table(source))


_NOT_UNDERSTOOD = UploadReport(
    format=None, unit=None, date_order=None, zone=None, zone_source="none", rows_read=0, readings={}, kinds={},
    duplicates_in_file=0, out_of_range={"low": 0, "high": 0}, rejected=(), skipped={},
    questions=(Question("format", ()),), rows=(),
)  # fmt: skip


def _report(detected: Detected, choices: Choices) -> UploadReport:
    order, done = _passed(detected.known, choices)
    streams = [stream for stream in done.streams if stream.n]
    questions = tuple(_questions(streams, order))
    zone, zone_source = _zone(streams)
    return UploadReport(
        format="+".join(sorted({part.format.NAME for part in detected.known})),
        unit=file_unit(streams),
        date_order=order.order,
        zone=zone,
        zone_source=zone_source,
        rows_read=done.rows_read,
        readings=count_by_metric(streams),
        kinds=totals_by_kind(streams),
        duplicates_in_file=done.duplicates,
        out_of_range=count_limits(streams),
        rejected=tuple(done.rejected),
        skipped=dict(done.skipped),
        questions=questions,
        rows=() if questions else _rows(detected.known, choices, order, done),
        subjects=frozenset(stream.subject for stream in streams),
        unread=detected.unknown,
    )


def _passed(parts: Sequence[Known], choices: Choices) -> tuple[DateOrder, Pass]:
    """The whole file read with the order that its own dates decide. If its first rows told another, once more."""
    order, remembers = _first_guess(parts, choices), False
    while True:
        done = Pass(parts, choices, order, remembers=remembers)
        try:
            done.count()
        except OutOfOrder:
            remembers = True
            continue
        decided = done.votes.decision()
        if decided.order == order.order and (decided.order or decided == order):
            return decided, done
        order = decided


def _first_guess(parts: Iterable[Known], choices: Choices) -> DateOrder:
    outcomes = (outcome for part in parts for outcome in islice(part.outcomes(), _FIRST_ROWS))
    guess = decide_order((time for outcome in outcomes for time in _times_of(outcome)), choices.dates)
    return guess if guess.order or not guess.possible else DateOrder(guess.possible[0], guess.possible)


def _times_of(outcome: Outcome) -> list[str]:
    if isinstance(outcome, Found):
        return [text for record in outcome.records for text in (record.time, record.utc) if text]
    if isinstance(outcome, Skipped):
        return [outcome.time] if outcome.time else []
    return [] if isinstance(outcome, Rejected) else [outcome[2]]


def _rows(parts: Sequence[Known], choices: Choices, order: DateOrder, done: Pass) -> Readings:
    count = sum(stream.n for stream in done.streams)

    def drafts_again() -> Iterator[Draft]:
        return Pass(parts, choices, order, remembers=done.remembers).drafts()

    return Readings(count, drafts_again, done.placed)


def _questions(streams: Sequence[Stream], order: DateOrder) -> Iterator[Question]:
    if any(stream.unit is None for stream in streams):
        yield Question("unit", tuple(GlucoseUnit))
    if order.order is None and order.possible:
        yield Question("dates", order.possible)
    if any(_is_adrift(stream) for stream in streams):
        yield Question("zone", ())


def _is_adrift(stream: Stream) -> bool:
    """A local time, and nobody has said where."""
    return stream.calendar.offsets is None and (stream.lacks_offsets or not stream.states_offsets)


def _zone(streams: Sequence[Stream]) -> tuple[str | None, str]:
    """The zone's name if all local times of the file share one, and who said it."""
    local = [stream for stream in streams if stream.lacks_offsets or not stream.states_offsets]
    names = {stream.calendar.offsets.name for stream in local if stream.calendar.offsets}
    sources = {_zone_source(stream) for stream in local}
    if any(stream.states_offsets for stream in streams):
        sources.add("file")
    source = sources.pop() if len(sources) == 1 else "mixed" if sources else "none"
    return names.pop() if len(names) == 1 else None, source


def _zone_source(stream: Stream) -> str:
    if stream.has_own_zone:
        return "file"
    return "argument" if stream.calendar.offsets else "none"
