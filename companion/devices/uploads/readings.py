"""Drafts → readings, made one by one as somebody goes through them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from companion.devices.uploads.moments import datetime_at
from companion.devices.uploads.read_again import ReadAgain
from companion.devices.uploads.repeated import Placed
from companion.devices.uploads.report import UploadedReading
from companion.devices.uploads.settle import Draft

_START = datetime(1900, 1, 1, tzinfo=UTC)


class Readings(ReadAgain):
    """The readings of a file, in its order. Going through them is reading the file again."""

    def __init__(self, count: int, drafts: Callable[[], Iterable[Draft]], placed: Sequence[Placed | None]) -> None:
        super().__init__(count)
        self._drafts = drafts
        self._placed = placed

    def __iter__(self) -> Iterator[UploadedReading]:
        for draft in self._drafts():
            if draft.repeated < 0:
                assert draft.utc is not None, "no question about dates or zone is open"
                yield _reading(draft, draft.utc, 1)
            elif placed := self._placed[draft.repeated]:
                yield _reading(draft, placed.utc, placed.occurrence)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(_same, self, other))

    __hash__ = None  # type: ignore[assignment]


def _same(one: object, other: object) -> bool:
    return one == other


def _reading(draft: Draft, utc: int, occurrence: int) -> UploadedReading:
    stream, measured, record = draft.entry.stream, draft.entry.measured, draft.record
    assert draft.local is not None, "no question about dates is open"
    assert measured.unit is not None, "no question about the unit is open"
    return UploadedReading(
        stream.metric,
        stream.kind,
        _START + timedelta(microseconds=utc),
        draft.time,
        datetime_at(draft.local).isoformat(),
        measured.value,
        measured.unit,
        draft.row,
        draft.entry.raw,
        measured.diastolic,
        measured.pulse,
        measured.limit,
        record.meal,
        stream.device,
        stream.subject,
        stream.member,
        record.vendor_id,
        occurrence,
        (*measured.flags, *filter(None, (draft.flag, "day_only" if record.is_day_only else ""))),
        draft.is_absolute,
    )
