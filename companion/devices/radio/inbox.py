"""What a device sends over an open link, in the order in which it comes."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import cast

from companion.clock import Clock
from companion.devices.radio.link import NEARER, DeviceSilent, Link, SessionBroken
from companion.devices.records.payloads import RawPayload


class Inbox:
    """A queue of payloads, each with the instant of its arrival; the end of the link is the last in it."""

    def __init__(self, link: Link, now: Clock, keep: Callable[[RawPayload], None]) -> None:
        """`keep` is called as a payload arrives, before the device learns that it did."""
        self._link = link
        self._now = now
        self._keep = keep
        self._arrived: deque[RawPayload | Exception] = deque()
        self._woken = asyncio.Event()
        self._awaited = ""
        self._last_at = 0.0
        self._fell_silent = False

    async def listen(self, uuid: str) -> None:
        """Subscribes to the characteristic."""
        await self._link.subscribe(uuid, lambda raw: self._put(RawPayload(uuid, raw, self._now())))

    def _put(self, payload: RawPayload) -> None:
        try:
            self._keep(payload)
        except Exception as error:
            # The radio only logs what a callback raises: whoever waits for the payload has to learn of it.
            self._end_with(error)
            raise
        self._arrived.append(payload)
        self._last_at, self._fell_silent = asyncio.get_running_loop().time(), False
        if self._awaited in ("", payload.characteristic):
            self._woken.set()

    def _end_with(self, error: Exception) -> None:
        self._arrived.append(error)
        self._woken.set()

    async def next(self, seconds: float, awaited: str = "") -> RawPayload:
        """What arrived first. `awaited` is the characteristic that is waited for: until it comes, what comes before it
        wakes nobody, which is what makes a transfer fast.

        Raises DeviceSilent when nothing comes for so long, SessionBroken when the link is lost, and what `keep`
        raised.
        """
        if not self._arrived:
            await self._wait(seconds, awaited)
        if isinstance(self._arrived[0], Exception):
            raise self._arrived[0]  # it stays: nothing better comes after it
        return cast(RawPayload, self._arrived.popleft())

    async def _wait(self, seconds: float, awaited: str) -> None:
        """Until the awaited one is there. When nothing more comes: what did come is handed out before that is told."""
        if self._fell_silent:
            self._fell_silent = False
            raise DeviceSilent(seconds, where=self._link.address)
        self._awaited = awaited
        self._woken.clear()
        time = asyncio.get_running_loop().time
        began_at = time()
        while not self._woken.is_set():
            left = max(began_at, self._last_at) + seconds - time()
            if left <= 0 and not self._arrived:
                raise DeviceSilent(seconds, where=self._link.address)
            if left <= 0:
                self._fell_silent = True
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._woken.wait()

    def left_over(self) -> list[RawPayload]:
        """What arrived and nobody has asked for: a link can be lost while something else was waited for."""
        left = [payload for payload in self._arrived if isinstance(payload, RawPayload)]
        self._arrived = deque(error for error in self._arrived if isinstance(error, Exception))
        return left

    async def _note_disconnection(self) -> None:
        await self._link.disconnected.wait()
        self._end_with(SessionBroken("the link was lost", where=self._link.address, advice=NEARER))

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
