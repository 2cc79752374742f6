"""The link of one order: nothing on it takes for ever, and what is read over it is kept as the records are."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from companion.devices.radio.link import DeviceSilent, Link
from companion.devices.radio.session import Order
from companion.devices.records.payloads import RawPayload


class WatchedLink:
    """See `link.Link`. An operation that is not answered in time raises DeviceSilent: a radio may
    take long to notice that nobody is there."""

    def __init__(self, link: Link, order: Order) -> None:
        self._link = link
        self._order = order
        self.address = link.address
        self.disconnected = link.disconnected

    @property
    def mtu(self) -> int:
        return self._link.mtu

    def has(self, uuid: str) -> bool:
        return self._link.has(uuid)

    async def read(self, uuid: str) -> bytes:
        """Kept: after a crash nobody could tell otherwise whose the records are, and by which clock."""
        async with self._in_time():
            value = await self._link.read(uuid)
        self._order.keep(RawPayload(uuid, value, self._order.now()))
        return value

    async def write(self, uuid: str, value: bytes) -> None:
        async with self._in_time():
            await self._link.write(uuid, value)

    async def subscribe(self, uuid: str, callback: Callable[[bytes], None]) -> None:
        async with self._in_time():
            await self._link.subscribe(uuid, callback)

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._order.answer_s):
                yield
        except TimeoutError:
            raise DeviceSilent(self._order.answer_s, where=self.address) from None
