"""A radio finds devices; a link is one open connection. What a download needs of either, whoever provides it."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from companion.errors import BadInput


class DeviceError(BadInput):
    """A device did not do what was asked of it. Told as bad input is: what, which device, what to do."""


class DeviceUnreachable(DeviceError):
    """Not found, or no connection came about. Trying again helps once it is near and awake."""


class PairingRefused(DeviceError):
    """The device did not pair, or has forgotten that it did. A person has to pair it again."""


class SessionBroken(DeviceError):
    """The link was lost, or the device fell silent. Trying again helps."""


NEARER = "bring the device nearer and try again"


class DeviceSilent(SessionBroken):
    """Nothing came for a while, although the link is said to be open."""

    def __init__(self, seconds: float, *, where: str) -> None:
        super().__init__(f"the device was silent for {seconds:g} s", where=where, advice=NEARER)


class OperationRefused(DeviceError):
    """The device answered with an error, of which `code` is the ATT number where there is one."""

    def __init__(self, what: str, *, where: str, advice: str, code: int | None) -> None:
        super().__init__(what, where=where, advice=advice)
        self.code = code


class Found(NamedTuple):
    """A device that advertises. `service_uuids` in their shortest form ("1808"); `rssi` in dBm."""

    address: str
    name: str
    service_uuids: tuple[str, ...]
    rssi: int


def anyone(_found: Found) -> bool:
    """Every device is wanted."""
    return True


class Link(Protocol):
    """One open connection. A UUID is the short form ("2a18") or the full one.

    Every operation raises SessionBroken when the link is lost, and OperationRefused when the device says no.
    """

    address: str
    disconnected: asyncio.Event
    """Set when the device or the radio ends the connection."""

    @property
    def mtu(self) -> int: ...

    def has(self, uuid: str) -> bool:
        """Whether the device offers the characteristic."""

    async def read(self, uuid: str) -> bytes: ...

    async def write(self, uuid: str, value: bytes) -> None:
        """Returns when the device has acknowledged it."""

    async def subscribe(self, uuid: str, callback: Callable[[bytes], None]) -> None:
        """Calls back for every notification and indication, in order, until the link is closed."""


class Radio(Protocol):
    """Finds devices and opens links."""

    async def scan(self, service_uuids: Sequence[str], seconds: float) -> list[Found]:
        """Every device that advertises one of the services within that time, the nearest first."""

    async def find(
        self, service_uuids: Sequence[str], seconds: float, wanted: Callable[[Found], bool] = anyone
    ) -> Found | None:
        """The first wanted device heard that advertises one of the services, at once; None after that time.

        `wanted` is asked each time that a device is heard.
        """

    def connect(self, address: str, *, pair: bool = True, seconds: float = 30.0) -> AbstractAsyncContextManager[Link]:
        """A link while the context lasts. Raises DeviceUnreachable or PairingRefused."""

    async def forget(self, address: str) -> None:
        """Removes the pairing with the device on this side, so that it can be paired anew."""

    async def close(self) -> None: ...
