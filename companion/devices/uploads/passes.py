"""One pass over the rows of a file: every row in its class. Nothing is held but counts and what was rejected."""

from collections import Counter
from collections.abc import Iterator, Sequence

from companion.devices.uploads.dates import split_time
from companion.devices.uploads.detect import Known
from companion.devices.uploads.format import Found, Rejected, Sample, Skipped
from companion.devices.uploads.moments import DATE_WIDTH
from companion.devices.uploads.orders import DateOrder, Votes
from companion.devices.uploads.repeated import Placed, place_repeated
from companion.devices.uploads.report import Rejection
from companion.devices.uploads.seen import Seen
from companion.devices.uploads.settle import Choices, Draft, Settler
from companion.devices.uploads.streams import MOST_REMEMBERED, Stream
from companion.errors import BadInput

_MOST_REJECTED = 100_000
_MOST_REASONS = 1000
_LONGEST_CONTENT = 300
"""Letters of a rejected row: enough to see what is wrong with it."""

_OPEN = 1 << 62
"""Stands for an instant that is not known."""


class Pass:
    """What one pass found; complete once all its drafts were taken."""

    def __init__(self, parts: Sequence[Known], choices: Choices, order: DateOrder) -> None:
        self.votes = Votes(choices.dates)
        self.rows_read = self.duplicates = 0
        self.rejected: list[Rejection] = []
        self.skipped: Counter[str] = Counter()
        self.placed: list[Placed | None] = []
        self._parts = parts
        self._settler = Settler(choices, order, self.votes)
        self._seen = Seen()
        self._heard: set[str] = set()
        self._waiting: list[tuple[bool, list[Draft]]] = []

    @property
    def streams(self) -> list[Stream]:
        return self._settler.streams

    def sum_up(self) -> None:
        """Once, after the last draft: the figures of the streams."""
        for stream in self.streams:
            stream.sum_up()

    def drafts(self) -> Iterator[Draft]:
        """Everything that gives a reading, in the order of the file."""
        for part in self._parts:
            for outcome in part.outcomes():
                self.rows_read += 1
                if isinstance(outcome, Skipped):
                    self._skip(outcome)
                elif isinstance(outcome, Rejected):
                    self._reject(part, outcome.row, outcome.reason)
                else:
                    yield from self._row(part, outcome)
        self._place_repeated()

    def _row(self, part: Known, outcome: Sample | Found) -> Sequence[Draft]:
        """Every value of one row. If one cannot be read the row is rejected: it needs a person's eye."""
        try:
            drafts = self._settled(part.name, outcome)
        except BadInput as bad:
            self._reject(part, outcome[0], bad.what)
            return ()
        kept = [draft for draft in drafts if draft.repeated >= 0 or self._is_new(draft)]
        waiting = [draft for draft in kept if draft.repeated >= 0]
        if waiting:
            self._waiting.append((len(kept) > len(waiting), waiting))
        elif not kept:
            self.duplicates += 1
        return kept

    def _settled(self, member: str, outcome: Sample | Found) -> Sequence[Draft]:
        if isinstance(outcome, Found):
            return [self._settler.draft(member, outcome.row, record) for record in outcome.records]
        return (self._settler.sample(member, outcome),)

    def _is_new(self, draft: Draft) -> bool:
        """Whether no record of this device, kind, time and value came before; then it counts."""
        entry = draft.entry
        if not self._seen.is_new(_key(draft, draft.utc)):
            return False
        entry.stream.count(entry, draft.local)
        return True

    def _place_repeated(self) -> None:
        """At the end of the file the repeated hours are known whole."""
        placed = place_repeated(self._settler.repeated)
        self.placed.extend(None for _ in placed)
        for has_others, drafts in self._waiting:
            new = [draft for draft in drafts if self._seen.is_new(_key(draft, placed[draft.repeated].utc))]
            for draft in new:
                draft.entry.stream.count(draft.entry, draft.local)
                self.placed[draft.repeated] = placed[draft.repeated]
            if not new and not has_others:
                self.duplicates += 1

    def _skip(self, skipped: Skipped) -> None:
        reason = skipped.reason if len(self.skipped) < _MOST_REASONS else "other"
        self.skipped[reason] += 1
        self._hear(skipped.time)

    def _hear(self, time: str) -> None:
        """The dates of rows that are no readings tell the order of the file as well."""
        date = time[:DATE_WIDTH]
        if not time or date in self._heard:
            return
        if len(self._heard) >= MOST_REMEMBERED:
            self._heard.clear()
        self._heard.add(date)
        parts = split_time(time)
        if parts:
            self.votes.hear(parts)

    def _reject(self, part: Known, row: int, reason: str) -> None:
        if len(self.rejected) >= _MOST_REJECTED:
            raise BadInput(
                f"more than {_MOST_REJECTED} rows cannot be read, the first of them row {self.rejected[0].row}: "
                f"{self.rejected[0].reason}",
                advice="export the readings again",
            )
        content = part.export.text_at(row)[:_LONGEST_CONTENT]
        self.rejected.append(Rejection(row, reason, content, part.name))


def _key(draft: Draft, utc: int | None) -> int:
    """Device, kind, local time, instant and value in one number; and the record's own id, where it has one."""
    entry, local = draft.entry, draft.local
    if local is None:
        local = _OPEN + hash(draft.time) % _OPEN
    number = ((entry.stream.number << 48 | entry.number) << 64 | local) << 64 | (_OPEN if utc is None else utc)
    if draft.record.vendor_id:
        return (number << 64 | hash(draft.record.vendor_id) % _OPEN) << 1 | 1
    return number << 1
