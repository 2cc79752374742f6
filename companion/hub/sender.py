"""Bringing what is in the spool to the service: devices first, then batches, the oldest first, one at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import structlog

from companion.crash_points import Point, reached
from companion.hub import outgoing, paired
from companion.hub.bodies import batch_body, device_body
from companion.hub.machine_clock import MachineClock
from companion.hub.outgoing import Batch
from companion.hub.paired import PairedDevice
from companion.hub.service import Reply, Unreachable
from companion.hub.spool import Spool
from companion.hub.true_time import note_true_time, shown_as_at, true_time_of
from companion.hub.verdict import Answer, Verdict, verdict_on

log = structlog.get_logger()


class Asked(Protocol):
    """The service, as far as sending needs it. Both block, and raise Unreachable."""

    def post(self, path: str, body: dict[str, Any], key: str) -> Reply: ...

    def tell_time(self) -> datetime | None: ...


class Stopped(StrEnum):
    """Why sending came to its end."""

    NOTHING_LEFT = "nothing_left"
    LATER = "later"
    NOT_WELCOME = "not_welcome"


class Outcome(NamedTuple):
    """`sent` batches and devices were taken or set aside. `clock_ahead`: how far our clock was before the service's,
    by its last answer; None when nothing was heard. `retry_after` is what the service asked for."""

    stopped: Stopped
    sent: int
    clock_ahead: timedelta | None = None
    retry_after: timedelta = timedelta(0)
    said: str = ""


class Sender:
    """Asks the service beside the event loop: what a device sends meanwhile is not held up."""

    def __init__(self, spool: Spool, clock: MachineClock, service: Asked) -> None:
        self._spool = spool
        self._clock = clock
        self._service = service
        self._clock_ahead: timedelta | None = None

    async def send_all(self) -> Outcome:
        """Everything that waits, until nothing is left, the service cannot be asked, or it does not want us."""
        sent = 0
        while (send := self._next()) is not None:
            try:
                answer = await send()
            except Unreachable as error:
                return Outcome(Stopped.LATER, sent, self._clock_ahead, said=str(error))
            verdict = verdict_on(answer)
            if verdict is Verdict.NOT_WELCOME:
                return Outcome(Stopped.NOT_WELCOME, sent, self._clock_ahead, said=answer.detail)
            if verdict is Verdict.LATER:
                said = f"answered {answer.status}"
                return Outcome(Stopped.LATER, sent, self._clock_ahead, answer.retry_after, said)
            sent += 1
        return Outcome(Stopped.NOTHING_LEFT, sent, self._clock_ahead)

    def _next(self) -> Callable[[], Awaitable[Answer]] | None:
        unknown = paired.unknown_to_service(self._spool)
        if unknown:
            return lambda: self._tell_of(unknown[0])
        batch = outgoing.next_batch(self._spool)
        return None if batch is None else lambda: self._send(batch)

    async def _tell_of(self, device: PairedDevice) -> Answer:
        answer = await self._ask("/devices", device_body(device, device.identity), "")
        if verdict_on(answer) in (Verdict.TAKEN, Verdict.REFUSED):
            # Refused, its batches will be refused, too, and tell why.
            paired.note_known(self._spool, device.address)
        return answer

    async def _send(self, batch: Batch) -> Answer:
        body = batch_body(batch, self._clock().wall, await self._sent_at(batch))
        answer = await self._ask("/readings:batch", body, batch.key)
        reached(Point.HUB_AFTER_ANSWER)
        verdict = verdict_on(answer)
        if verdict is Verdict.TAKEN:
            outgoing.forget(self._spool, batch.key)
            log.info("batch taken", batch=batch.key, values=len(batch.payloads))
        elif verdict is Verdict.REFUSED:
            outgoing.set_aside(self._spool, batch.key, answer.code, answer.detail)
            log.warning("batch refused and set aside", batch=batch.key, code=answer.code)
        return answer

    async def _sent_at(self, batch: Batch) -> datetime | None:
        """As the clock went when the batch was read; None when nobody can tell. After the machine was started anew the
        service is asked for the time first: its own clock may not have been set yet."""
        now = self._clock()
        if batch.start.boot != now.boot and true_time_of(self._spool, now) is None:
            self._note_time(await asyncio.to_thread(self._service.tell_time))
        return shown_as_at(self._spool, batch.start, self._clock())

    async def _ask(self, path: str, body: dict[str, Any], key: str) -> Answer:
        reached(Point.HUB_BEFORE_SEND)
        reply = await asyncio.to_thread(self._service.post, path, body, key)
        self._note_time(reply.date)
        return reply.answer

    def _note_time(self, date: datetime | None) -> None:
        if date is not None:
            now = self._clock()
            self._clock_ahead = now.wall - date
            note_true_time(self._spool, now, date)
