"""One pass over the rows of a file: every row in its class. Nothing is held but counts and what was rejected."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence

from companion.devices.uploads.calendar import DATE_WIDTH
from companion.devices.uploads.detect import Known
from companion.devices.uploads.format import Found, Record, Rejected, Sample, Skipped
from companion.devices.uploads.orders import DateOrder, Votes
from companion.devices.uploads.repeated import Placed, place_repeated
from companion.devices.uploads.report import Rejection
from companion.devices.uploads.settle import Choices, Draft, Settler, when
from companion.devices.uploads.streams import Stream
from companion.errors import BadInput

_MOST_REJECTED = 100_000
_MOST_REASONS = 1000
_LONGEST_CONTENT = 300
"""Letters of a rejected row: enough to see what is wrong with it."""


class OutOfOrder(Exception):
    """A record lies among those before it, so that it may be one of them: only a pass that remembers can tell."""


class Pass:
    """What one pass found; complete once all its drafts were taken.

    As long as the times of each device and kind only rise, or only fall, nothing can come twice, and nothing has
    to be remembered. Most exports are written that way. In others a pass that does not remember raises OutOfOrder.
    """

    def __init__(self, parts: Sequence[Known], choices: Choices, order: DateOrder, *, remembers: bool) -> None:
        self.votes = Votes(choices.dates)
        self.rows_read = self.duplicates = 0
        self.rejected: list[Rejection] = []
        self.skipped: Counter[str] = Counter()
        self.placed: list[Placed | None] = []
        self._parts = parts
        self._settler = Settler(choices, order, self.votes)
        self.remembers = remembers
        self._waiting: list[tuple[bool, list[Draft]]] = []

    @property
    def streams(self) -> list[Stream]:
        return self._settler.streams

    def count(self) -> None:
        """Goes through the file once and sums up."""
        deque(self._run(hands_over=False), maxlen=0)
        for stream in self.streams:
            stream.sum_up()

    def drafts(self) -> Iterator[Draft]:
        """Everything that gives a reading, in the order of the file."""
        return self._run(hands_over=True)

    def _run(self, *, hands_over: bool) -> Iterator[Draft]:
        """Samples are settled right here, without a call too many: large files consist of them."""
        known, is_new, remembers = self._settler.series, self._settler.seen.is_new, self.remembers
        for part in self._parts:
            met: Record | None = None
            for outcome in part.outcomes():
                self.rows_read += 1
                if len(outcome) != 4:  # the Sample alone has four; to ask for its type takes three times as long
                    yield from self._whole_row(part, outcome)
                    continue
                row, series, time, value = outcome
                try:
                    if series is not met:
                        _, course, span, numbers, days, clocks = known[id(series)]
                        met = series
                    entry = numbers[value]
                    start, utc_start = days[time[:DATE_WIDTH]]
                    clock = clocks[time[DATE_WIDTH:]]
                except KeyError:
                    yield from self._first_sample(part, outcome)
                    continue
                local, utc = start + clock, utc_start + clock
                if local > course.previous:
                    course.previous = local
                    course.place += 1
                else:
                    course.move_to(local)
                if remembers:
                    if not is_new(entry.number, entry.times, local):
                        self.duplicates += 1
                        continue
                elif 0 <= span.latest < utc:
                    span.latest = utc
                elif not span.is_beyond(utc):
                    raise OutOfOrder
                entry.n += 1
                if hands_over:
                    yield Draft(row, entry, series, time, local, utc)
        self._place_repeated()

    def _whole_row(self, part: Known, outcome: Found | Skipped | Rejected) -> Sequence[Draft]:
        if isinstance(outcome, Found):
            return self._row(part, outcome.row, outcome.records)
        if isinstance(outcome, Skipped):
            self._skip(outcome)
        else:
            self._reject(part, outcome.row, outcome.reason)
        return ()

    def _row(self, part: Known, row: int, records: Sequence[Record]) -> Sequence[Draft]:
        """Every value of one row. If one cannot be read the row is rejected: it needs a person's eye."""
        try:
            drafts = [self._settler.draft(part.name, row, record) for record in records]
        except BadInput as bad:
            self._reject(part, row, bad.what)
            return ()
        for draft in drafts:
            draft.entry.stream.course.move_to(None if draft.entry.measured.limit else draft.local)
        kept = [draft for draft in drafts if draft.repeated >= 0 or self._counts(draft, draft.utc)]
        waiting = [draft for draft in kept if draft.repeated >= 0]
        if waiting:
            self._waiting.append((len(kept) > len(waiting), waiting))
        elif not kept:
            self.duplicates += 1
        return kept

    def _first_sample(self, part: Known, sample: Sample) -> Sequence[Draft]:
        """A sample with something in it that its stream has not met before."""
        row, series, time, value = sample
        drafts = self._row(part, row, (series._replace(time=time, value=value),))
        if drafts:
            self._settler.know(series, drafts[0].entry.stream)
        return drafts

    def _counts(self, draft: Draft, utc: int | None) -> bool:
        """Whether no record of this device, kind, time and value came before; then it is counted."""
        entry = draft.entry
        if self.remembers or draft.flag:  # those of the nights of a change are few, and not in order
            is_new = self._settler.seen.is_new(entry.number, entry.times, when(draft, utc))
        elif utc is not None and entry.stream.span.is_beyond(utc):
            is_new = True
        else:
            raise OutOfOrder
        if is_new:
            entry.stream.add(entry.measured, 1)
        return is_new

    def _place_repeated(self) -> None:
        """At the end of the file the repeated hours are known whole."""
        placed = place_repeated(self._settler.repeated)
        self.placed.extend(None for _ in placed)
        for has_others, drafts in self._waiting:
            new = [draft for draft in drafts if self._counts(draft, placed[draft.repeated].utc)]
            for draft in new:
                self.placed[draft.repeated] = placed[draft.repeated]
            if not new and not has_others:
                self.duplicates += 1

    def _skip(self, skipped: Skipped) -> None:
        reason = skipped.reason if len(self.skipped) < _MOST_REASONS else "other"
        self.skipped[reason] += 1
        if skipped.time:
            self.votes.hear_text(skipped.time)

    def _reject(self, part: Known, row: int, reason: str) -> None:
        if len(self.rejected) >= _MOST_REJECTED:
            raise BadInput(
                f"more than {_MOST_REJECTED} rows cannot be read, the first of them row {self.rejected[0].row}: "
                f"{self.rejected[0].reason}",
                advice="export the readings again",
            )
        content = part.export.text_at(row)[:_LONGEST_CONTENT]
        self.rejected.append(Rejection(row, reason, content, part.name))
