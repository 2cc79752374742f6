"""What is wanted of a device, and what a session with it brought."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from companion.clock import Clock
from companion.devices.quirk_table import quirks_of
from companion.devices.quirks import Quirks
from companion.devices.radio.selection import Mark
from companion.devices.radio.troubles import Anomaly, Trouble, sentence
from companion.devices.records.device_time import ClockReading
from companion.devices.records.payloads import RawPayload

RECORD_ACCESS_TIMEOUT_S = 30.0
"""How long a meter may take between two values (the 30 s that vendors' own stacks wait)."""
ANSWER_TIMEOUT_S = 60.0
"""How long a single read or write may take: a person may have to type a number meanwhile."""
CUFF_QUIET_S = 5.0
"""A cuff that has sent nothing for so long has sent everything."""


class Identity(NamedTuple):
    """What the device says of itself; "" for what it does not tell."""

    manufacturer: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""


def keep_nowhere(_payload: RawPayload) -> None:
    """For who needs a session only when it is over."""


@dataclass(frozen=True)
class Order:
    """What is wanted of a device.

    `keep` is called with every payload before the device learns that it arrived, and with every value read: what it
    writes to disk there outlives this process, whatever the device then deletes. It may be handed a payload more
    than once.
    """

    now: Clock
    after: Mark | None = None
    """Only the records behind it; None for all of them."""
    wall: Callable[[], datetime] | None = None
    """The time on the patient's wall (naive), for a device whose clock may be set; None never sets one."""
    may_empty: bool = False
    """Somebody agreed that reading may delete the device's memory."""
    keep: Callable[[RawPayload], None] = keep_nowhere
    answer_s: float = ANSWER_TIMEOUT_S
    idle_s: float = RECORD_ACCESS_TIMEOUT_S
    quiet_s: float = CUFF_QUIET_S


class Session(NamedTuple):
    """What came, over one link or several, payloads in the order in which they came.

    `clock` is None when the device has none, or does not know the date. `battery` in percent and `features` as
    the device sent them, None where it does not tell. `announced` is how many records it counted beforehand,
    None when it does not count. `complete`: it said that it is done, and no fewer records came than it had
    counted. `mark` is where the next session goes on: None unless this one was complete and brought something.
    """

    address: str
    identity: Identity
    clock: ClockReading | None
    payloads: tuple[RawPayload, ...]
    announced: int | None
    complete: bool
    anomalies: tuple[Anomaly, ...]
    mark: Mark | None = None
    battery: int | None = None
    features: bytes | None = None
    clock_set_to: datetime | None = None
    links: int = 1

    @property
    def sentence(self) -> str:
        """The one sentence for the person at the device; "" when there is nothing to say."""
        return sentence(self.anomalies, complete=self.complete)


@dataclass
class Notes:
    """A session as it grows, over as many links as it takes."""

    address: str
    name: str = ""
    """As it is advertised."""
    identity: Identity = field(default_factory=Identity)
    clock: ClockReading | None = None
    payloads: list[RawPayload] = field(default_factory=list)
    announced: int | None = None
    complete: bool = False
    anomalies: list[Anomaly] = field(default_factory=list)
    mark: Mark | None = None
    battery: int | None = None
    features: bytes | None = None
    clock_set_to: datetime | None = None
    links: int = 0
    was_cut_off: bool = False
    """The last link ended in the middle of a transfer."""
    came_short: bool = False
    """The last link brought fewer records than were counted, and the device said that it was done."""
    would_empty: bool = False
    """Nothing was asked: reading would delete the memory, and nobody agreed to that."""
    hung_up: bool = False
    """The device itself ended the last link; whether it was done only another look can tell."""
    _earlier: set[tuple[str, bytes]] = field(default_factory=set)

    @property
    def quirks(self) -> Quirks:
        return quirks_of(self.identity.manufacturer, self.identity.model, self.name)

    def begin_link(self) -> None:
        """What comes from now on and came over an earlier link is the same record sent again."""
        self.links += 1
        self.complete = self.hung_up = self.came_short = False
        self._earlier = {(payload.characteristic, payload.raw) for payload in self.payloads}

    def add(self, payload: RawPayload) -> None:
        if (payload.characteristic, payload.raw) not in self._earlier:
            self.payloads.append(payload)

    def note(self, trouble: Trouble, detail: object) -> None:
        self.anomalies.append(Anomaly(trouble, str(detail)))

    def session(self, oddities: Iterable[Anomaly] = ()) -> Session:
        """As it stands; every anomaly once."""
        return Session(
            self.address,
            self.identity,
            self.clock,
            tuple(self.payloads),
            self.announced,
            self.complete,
            tuple(dict.fromkeys([*self.anomalies, *oddities])),
            self.mark if self.complete else None,
            self.battery,
            self.features,
            self.clock_set_to,
            self.links,
        )
