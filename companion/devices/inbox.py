"""What a device sends over an open link, in the order in which it comes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from companion.clock import Clock
from companion.devices.link import NEARER, Link, SessionBroken
from companion.devices.payloads import RawPayload


class Inbox:
    """A queue of payloads, each with the instant of its arrival; the end of the link is the last in it."""

    def __init__(self, link: Link, now: Clock) -> None:
        self._link = link
        self._now = now
        self._arrived: asyncio.Queue[RawPayload | None] = asyncio.Queue()

    async def listen(self, uuid: str) -> None:
        """Subscribes to the characteristic."""
        await self._link.subscribe(uuid, lambda raw: self._arrived.put_nowait(RawPayload(uuid, raw, self._now())))

    async def next(self, seconds: float) -> RawPayload:
        """Raises SessionBroken when the link is lost, or nothing comes for so long."""
        try:
            async with asyncio.timeout(seconds):
                payload = await self._arrived.get()
        except TimeoutError:
            raise self._broken(f"the device was silent for {seconds:g} s") from None
        if payload is None:
            raise self._broken("the link was lost")
        return payload

    def _broken(self, what: str) -> SessionBroken:
        return SessionBroken(what, where=self._link.address, advice=NEARER)

    async def _note_disconnection(self) -> None:
        await self._link.disconnected.wait()
        self._arrived.put_nowait(None)

    @classmethod
    @asynccontextmanager
    async def of(cls, link: Link, now: Clock) -> AsyncIterator["Inbox"]:
        """An inbox while the context lasts."""
        inbox = cls(link, now)
        watch = asyncio.create_task(inbox._note_disconnection())
        try:
            yield inbox
        finally:
            watch.cancel()
