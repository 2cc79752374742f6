"""What goes wrong with a device, one switch each. A record is counted from 0 in the order of sending."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto


class Abort(Enum):
    """What a device does when it is told to leave a report."""

    ACCEPTED = auto()
    REFUSED = auto()
    IGNORED = auto()


@dataclass
class Faults:
    """Nothing goes wrong unless it is switched on."""

    # The link

    link_lost_after: int | None = None
    """The link is lost after so many records."""
    hangs_up_after: int | None = None
    """The device itself ends the link after so many records, as when a strip is inserted."""
    hangs_up_when_done: bool = False
    """It ends the link as soon as its last answer is confirmed."""
    stalls_after: int | None = None
    """It falls silent after so many records and keeps the link."""
    silent_after: int | None = None
    """It falls out of range after so many records: nothing arrives, and the link ends only when both give it up."""
    asleep_s: float = 0.0
    """After a link it is not heard for so long: whoever comes meanwhile misses it."""
    mtu: int = 517
    """The largest it agrees to; 23 is the least there is."""

    # The records

    malformed: dict[int, bytes] = field(default_factory=dict)
    """What is sent instead of a record."""
    special: dict[int, str] = field(default_factory=dict)
    """NAN, NRES, POS_INF or NEG_INF in the place of a value."""
    duplicated: set[int] = field(default_factory=set)
    """Records that are sent twice."""
    conflicting: set[int] = field(default_factory=set)
    """Records that are followed by another one with the same number and another value."""
    lost: set[int] = field(default_factory=set)
    """Records that are never sent, though the procedure succeeds."""
    shuffled: bool = False
    """The records come in no order."""
    context_lost: bool = False
    """Contexts are announced and never sent."""
    contexts_late: bool = False
    """All contexts come after the last answer."""

    # The control point

    counted: int | None = None
    """The answer to a count, whatever the memory holds."""
    cannot_count: bool = False
    cannot_select: bool = False
    """Only "all records" is understood."""
    sends_nothing: bool = False
    """It reports success, and no record."""
    ends_with: int | None = None
    """The result of a report instead of success."""
    garbled_answers: int = 0
    """So many times, nonsense is indicated before the answer."""
    busy_for: int = 0
    """So many requests are refused because an earlier one is still at work, or would be but for an abort."""
    busy_code: int = 0xFE
    """The ATT error for that; the first meters say 0x80."""
    abort: Abort = Abort.ACCEPTED
    forgets_subscriptions: int = 0
    """So many requests are refused as if nobody had subscribed."""
    not_subscribed_code: int = 0xFD
    """The ATT error for that; the first meters say 0x81."""

    # Attributes, the clock, the bond

    without_subscription: set[int] = field(default_factory=set)
    """Characteristics (16 bits) whose descriptor by which one subscribes cannot be written: bumble adds one wherever
    it is missing. Looked at when the device is built."""
    refused_reads: dict[int, int] = field(default_factory=dict)
    """Characteristics that answer a read with an ATT error."""
    clock_shows: datetime | None = None
    """A clock that was reset; it stands there."""
    refuses_pairing: bool = False
