"""What can go wrong in a session with a device: each for the support person in detail, and for the person at the
device in one sentence that says what to do next."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Trouble(StrEnum):
    """The gravest first: of several, a person is told of the first."""

    WOULD_EMPTY = "would_empty"
    """Reading would delete the device's memory, and nobody agreed to it: nothing was asked of it."""
    BOND_LOST = "bond_lost"
    """It does not know this computer any more."""
    REFUSED = "refused"
    """The device says no to what every device of its kind has to do."""
    MISSING = "missing"
    """Fewer records came than were counted."""
    NOT_FINISHED = "not_finished"
    """The device itself says that it did not send everything."""
    SILENT = "silent"
    LINK_LOST = "link_lost"
    NOT_FOUND = "not_found"
    """It could not be reached (again)."""
    BUSY = "busy"
    """It was still at work for an earlier request."""
    CONFLICTING = "conflicting"
    """Two different records bear the same number."""
    UNREADABLE = "unreadable"
    """A record that is no record: kept, and shown to the clinic."""
    STARTED_OVER = "started_over"
    """The record read last is no longer in the memory: it was erased, or ran over."""
    NO_CLOCK = "no_clock"
    """It has a clock that cannot be read, or does not know the date."""
    CLOCK_NOT_SET = "clock_not_set"
    CONTEXT_MISSING = "context_missing"
    """A record said that a context follows, and none came."""
    MISCOUNTED = "miscounted"
    """More records came than were counted."""
    REPEATED = "repeated"
    ODD_ANSWER = "odd_answer"
    """Nonsense, or the answer to another question."""
    STRIP_INSERTED = "strip_inserted"
    """It ended the link as it does before it measures."""


class Anomaly(NamedTuple):
    """Something odd. `detail` is for the support person; an unreadable record is told there in full."""

    trouble: Trouble
    detail: str

    def __str__(self) -> str:
        return self.detail


STILL_READ = {
    Trouble.UNREADABLE: "All was read, but some records make no sense; your clinic can see them.",
    Trouble.CONFLICTING: "All was read; two records contradict each other, and both were kept for your clinic to see.",
    Trouble.STARTED_OVER: "All was read; the memory of the device has started over since the last time.",
    Trouble.NO_CLOCK: "All was read, but the device does not tell its time: please set its clock.",
    Trouble.CLOCK_NOT_SET: "All was read, but the clock of the device could not be set: please set it by hand.",
    Trouble.CONTEXT_MISSING: "All values were read; some notes on meals did not come with them.",
}
"""For what leaves something to know although everything was read."""
READ_DESPITE_TROUBLE = "All was read, although the connection had some trouble; there is nothing to do."

NOT_READ = {
    Trouble.WOULD_EMPTY: "Reading this device empties its memory: say first that it may be emptied.",
    Trouble.BOND_LOST: "The device has forgotten this computer: what came is kept; pair the two again.",
    Trouble.REFUSED: "The device refused to be read: switch it off and on, and read it again.",
    Trouble.MISSING: "The device has more records than it sent: what came is kept; please read it again later.",
    Trouble.NOT_FINISHED: "The device stopped before the end: what came is kept; please read it again.",
    Trouble.SILENT: "The device fell silent: what came is kept; wake it, keep it near and read it again.",
    Trouble.LINK_LOST: "The connection was lost: what came is kept; bring the device nearer and read it again.",
    Trouble.NOT_FOUND: "The device cannot be heard any more: what came is kept; wake it and read it again.",
    Trouble.BUSY: "The device is busy: wait a minute and read it again.",
    Trouble.STRIP_INSERTED: "The device stopped, as it does for a test strip: measure first, then read it again.",
}
NOT_READ_AND_NOBODY_KNOWS_WHY = "Not everything could be read: what came is kept; please read the device again."

ORDER = {trouble: place for place, trouble in enumerate(Trouble)}


def sentence(anomalies: Iterable[Anomaly], *, complete: bool) -> str:
    """The one sentence for the person at the device; "" when there is nothing to say."""
    troubles = sorted({anomaly.trouble for anomaly in anomalies}, key=ORDER.__getitem__)
    if complete:
        told = [STILL_READ[trouble] for trouble in troubles if trouble in STILL_READ]
        return next(iter(told), READ_DESPITE_TROUBLE if troubles else "")
    told = [NOT_READ[trouble] for trouble in troubles if trouble in NOT_READ]
    return next(iter(told), NOT_READ_AND_NOBODY_KNOWS_WHY)
