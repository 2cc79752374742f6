"""What a device sends over an open link, in the order in which it comes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from companion.clock import Clock
from companion.devices.link import NEARER, DeviceSilent, Link, SessionBroken
from companion.devices.payloads import RawPayload


class Inbox:
    """A queue of payloads, each with the instant of its arrival; the end of the link is the last in it."""

    def __init__(self, link: Link, now: Clock, keep: Callable[[RawPayload], None]) -> None:
        """`keep` is called as a payload arrives, before the device learns that it did."""
        self._link = link
        self._now = now
        self._keep = keep
        self._arrived: asyncio.Queue[RawPayload | Exception] = asyncio.Queue()

    async def listen(self, uuid: str) -> None:
        """Subscribes to the characteristic."""
        await self._link.subscribe(uuid, lambda raw: self._put(RawPayload(uuid, raw, self._now())))

    def _put(self, payload: RawPayload) -> None:
        try:
            self._keep(payload)
        except Exception as error:
            # The radio only logs what a callback raises: whoever waits for the payload has to learn of it.
            self._arrived.put_nowait(error)
            raise
        self._arrived.put_nowait(payload)

    async def next(self, seconds: float) -> RawPayload:
        """Raises DeviceSilent when nothing comes for so long, SessionBroken when the link is lost, and what `keep`
        raised."""
        arrived = await self._take(seconds)
        if isinstance(arrived, Exception):
            self._arrived.put_nowait(arrived)  # nothing better comes after it
            raise arrived
        return arrived

    def left_over(self) -> list[RawPayload]:
        """What arrived and nobody has asked for: a link can be lost while something else was waited for."""
        arrived = [self._arrived.get_nowait() for _ in range(self._arrived.qsize())]
        return [payload for payload in arrived if isinstance(payload, RawPayload)]

    async def _take(self, seconds: float) -> RawPayload | Exception:
        if not self._arrived.empty():
            return self._arrived.get_nowait()
        try:
            async with asyncio.timeout(seconds):
                return await self._arrived.get()
        except TimeoutError:
            raise DeviceSilent(seconds, where=self._link.address) from None

    async def _note_disconnection(self) -> None:
        await self._link.disconnected.wait()
        lost = SessionBroken("the link was lost", where=self._link.address, advice=NEARER)
        self._arrived.put_nowait(lost)

    @classmethod
    @asynccontextmanager
    async def of(cls, link: Link, now: Clock, keep: Callable[[RawPayload], None]) -> AsyncIterator["Inbox"]:
        """An inbox while the context lasts."""
        inbox = cls(link, now, keep)
        watch = asyncio.create_task(inbox._note_disconnection())
        try:
            yield inbox
        finally:
            watch.cancel()
