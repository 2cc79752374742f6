"""What a Bluetooth session brought."""

from dataclasses import dataclass, field
from typing import NamedTuple

from companion.devices.device_time import ClockReading
from companion.devices.payloads import RawPayload


class Identity(NamedTuple):
    """What the device says of itself; "" for what it does not tell."""

    manufacturer: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""


class Session(NamedTuple):
    """One session, payloads in the order in which they came.

    `clock` is None when the device has none, or does not know the date. `announced` is how many records it
    counted beforehand, None when it does not count. `complete`: it said that it is done, and no fewer records
    came than it had counted. `anomalies` are sentences for the support person; how a session broke is among
    them.
    """

    address: str
    identity: Identity
    clock: ClockReading | None
    payloads: tuple[RawPayload, ...]
    announced: int | None
    complete: bool
    anomalies: tuple[str, ...]


@dataclass
class Notes:
    """A session as it grows."""

    address: str
    identity: Identity = field(default_factory=Identity)
    clock: ClockReading | None = None
    payloads: list[RawPayload] = field(default_factory=list)
    announced: int | None = None
    complete: bool = False
    anomalies: list[str] = field(default_factory=list)

    def session(self) -> Session:
        return Session(
            self.address,
            self.identity,
            self.clock,
            tuple(self.payloads),
            self.announced,
            self.complete,
            tuple(self.anomalies),
        )
