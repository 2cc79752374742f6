"""Whether the audit is whole: every entry, its link to the one before, the reads that entries hold, and anchors."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from companion.care import read_log
from companion.care.anchor import Anchor
from companion.care.audit import READS_HASHED, entries, keys_of
from companion.care.audit_chain import FIRST, Entry, Fault, Stand, faults

FAULTS_KEPT = 100
"""More than that are counted, and not kept."""


@dataclass
class Report:
    """`entries` there are, `without_key` of them from before there was a key; `reads` that entries hold, `unhashed`
    ones wait for their batch; `anchors` looked at. `wrong` is how many faults there are, `faults` the first of them."""

    entries: int = 0
    without_key: int = 0
    reads: int = 0
    unhashed: int = 0
    anchors: int = 0
    wrong: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def first(self) -> Fault | None:
        """The one with the lowest number."""
        return min(self.faults, default=None)

    def add(self, fault: Fault) -> None:
        self.wrong += 1
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(fault)


def check(
    session: Session,
    anchors: Sequence[tuple[str, Anchor]] = (),
    public_keys: Collection[str] = (),
    tick: Callable[[], None] = lambda: None,
) -> Report:
    """Goes through everything once, a few rows at a time; `tick` is called at each entry. `anchors` come with where
    they are, and count where one of the public keys signed them."""
    walk = _Walk(session, tick)
    walk.report.anchors = len(anchors)
    stands = [stand for where, anchor in anchors for stand in walk.stands(where, anchor, public_keys)]
    keys = keys_of(session)
    for fault in faults(walk.entries(), keys.find, stands):
        walk.report.add(fault)
    if not walk.is_keyed and keys.begins_after not in (None, walk.head):
        walk.report.add(Fault(1, "is not the one that was there when the keys began"))
    walk.report.unhashed = read_log.unhashed(session)
    return walk.report


class _Walk:
    """One way through the chain; what is seen on it goes into the report."""

    def __init__(self, session: Session, tick: Callable[[], None]) -> None:
        self.report = Report()
        self.head, self.is_keyed = FIRST, False
        self._session = session
        self._tick = tick
        self._reads_up_to = 0

    def stands(self, where: str, anchor: Anchor, public_keys: Collection[str]) -> Iterator[Stand]:
        """What the anchor says, if it is ours and as it was signed."""
        if not anchor.holds():
            self.report.add(Fault(anchor.entry, f"{where} was changed after it was signed"))
        elif anchor.public_key not in public_keys:
            self.report.add(Fault(anchor.entry, f"{where} is signed by a key that is not ours"))
        else:
            yield Stand(anchor.entry, anchor.entries, anchor.head, where)

    def entries(self) -> Iterator[Entry]:
        for entry in entries(self._session):
            self.report.entries += 1
            self.report.without_key += entry.key_id is None
            self.head, self.is_keyed = entry.hash, entry.key_id is not None
            if entry.action == READS_HASHED:
                self._look_at_reads(entry)
            self._tick()
            yield entry

    def _look_at_reads(self, entry: Entry) -> None:
        told = read_log.batch_told(entry.details)
        if told is None or told.after != self._reads_up_to:
            self.report.add(Fault(entry.id, "tells of reads that do not follow those before"))
        elif read_log.batch_of(self._session, told.after, told.last) != told:
            self.report.add(Fault(entry.id, f"the reads it holds, {told.after + 1} to {told.last}, were changed"))
        if told is not None:
            self._reads_up_to = told.last
            self.report.reads += told.rows
