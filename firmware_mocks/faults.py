"""What goes wrong with a device, one switch each. A record is counted from 0 in the order of sending."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any


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


NAMED: dict[str, dict[str, Any]] = {
    "link-loss": {"link_lost_after": 10},
    "hang-up": {"hangs_up_after": 10},
    "hang-up-when-done": {"hangs_up_when_done": True},
    "stall": {"stalls_after": 10},
    "stall-abort-refused": {"stalls_after": 10, "abort": Abort.REFUSED},
    "stall-abort-ignored": {"stalls_after": 10, "abort": Abort.IGNORED},
    "silence": {"silent_after": 10},
    "missed-window": {"link_lost_after": 10, "asleep_s": 0.5},
    "mtu-23": {"mtu": 23},
    "malformed": {"malformed": {3: b"\x1b\x03\x00\xea"}},
    "special-values": {"special": {0: "NAN", 1: "NRES", 2: "POS_INF", 3: "NEG_INF"}},
    "duplicate": {"duplicated": {3, 7}},
    "conflicting-duplicate": {"conflicting": {3}},
    "lost-record": {"lost": {3, 7}},
    "shuffled": {"shuffled": True},
    "context-missing": {"context_lost": True},
    "context-late": {"contexts_late": True},
    "wrong-count": {"counted": 1000},
    "no-count": {"cannot_count": True},
    "no-selection": {"cannot_select": True},
    "success-without-data": {"sends_nothing": True},
    "error-response": {"ends_with": 8},
    "garbage-indication": {"garbled_answers": 2},
    "busy": {"busy_for": 1},
    "busy-for-long": {"busy_for": 1000, "busy_code": 0x80},
    "subscription-forgotten": {"forgets_subscriptions": 1},
    "subscription-missing": {"without_subscription": {0x2A18}},
    "context-subscription-missing": {"without_subscription": {0x2A34}},
    "clock-refused": {"refused_reads": {0x2A2B: 0x0E, 0x2A08: 0x0E}},
    "clock-reset": {"clock_shows": datetime(2000, 1, 1)},
    "pairing-refused": {"refuses_pairing": True},
}
"""What the tests inject, and `python -m firmware_mocks --fault NAME` serves."""


def named(name: str) -> Faults:
    return Faults(**deepcopy(NAMED[name]))
