"""Sending again and again: at once when something was read, later when the service cannot be asked, and not at all
while it does not want this hub."""

import asyncio
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from companion.hub.machine_clock import MachineClock
from companion.hub.sender import Outcome, Sender, Stopped
from companion.hub.service import Service
from companion.hub.spool import Spool, fact, note_fact
from companion.hub.token_file import Credentials, read_credentials
from companion.hub.verdict import wait_after

log = structlog.get_logger()

LOOK_AGAIN = timedelta(seconds=10)
"""Another process may have paired the hub anew, or put batches back."""
CLOCK_IS_RIGHT = timedelta(minutes=1)
"""A hub whose own clock is further off, by the service's, sets no device's clock."""
STATE = "sending"
"""The fact that `companion hub status` shows."""
NOT_PAIRED = "not paired: ask the patient's Devices page for a code, then companion hub pair CODE"
NOT_WELCOME = "stopped: the service refused this hub; if that is a mistake, pair it anew: companion hub pair CODE"


class Delivery:
    """Sends what is in the spool for ever."""

    def __init__(self, spool: Spool, clock: MachineClock, folder: Path) -> None:
        self._spool = spool
        self._clock = clock
        self._folder = folder
        self._wake = asyncio.Event()
        self._credentials: Credentials | None = None
        self._refused: Credentials | None = None
        self._sender: Sender | None = None
        self._clock_ahead: timedelta | None = None
        self._failures = 0

    def wake(self) -> None:
        """There is something new to send."""
        self._wake.set()

    def zone(self) -> ZoneInfo | None:
        """Of the patient's wall, while our own clock is known to be right."""
        if self._credentials is None or self._clock_ahead is None or abs(self._clock_ahead) > CLOCK_IS_RIGHT:
            return None
        return ZoneInfo(self._credentials.zone)

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._rest(await self.turn())

    async def turn(self) -> timedelta:
        """Sends what can be sent now; tells how long to wait before the next turn."""
        self._wake.clear()
        sender = self._present_sender()
        if sender is None:
            self._say(NOT_PAIRED)
            return LOOK_AGAIN
        if self._credentials == self._refused:
            return LOOK_AGAIN
        outcome = await sender.send_all()
        self._clock_ahead = outcome.clock_ahead if outcome.clock_ahead is not None else self._clock_ahead
        return self._after(outcome)

    def _present_sender(self) -> Sender | None:
        """For the token as it is on disk now: the hub may have been paired anew."""
        credentials = read_credentials(self._folder)
        if credentials != self._credentials:
            self._credentials, self._failures = credentials, 0
            service = credentials and Service(credentials.server, credentials.token)
            self._sender = Sender(self._spool, self._clock, service) if service else None
        return self._sender

    def _after(self, outcome: Outcome) -> timedelta:
        if outcome.stopped is Stopped.LATER:
            self._failures += 1
            self._say(f"waiting for the service: {outcome.said}")
            return wait_after(self._failures, outcome.retry_after)
        self._failures = 0
        if outcome.stopped is Stopped.NOT_WELCOME:
            self._refused = self._credentials
            self._say(NOT_WELCOME)
        else:
            self._say("up to date")
        return LOOK_AGAIN

    def _say(self, state: str) -> None:
        """Once, until it changes."""
        if fact(self._spool, STATE) != state:
            note_fact(self._spool, STATE, state)
            log.info("sending", state=state)

    async def _rest(self, wait: timedelta) -> None:
        """What is new is sent at once, unless the service just could not be asked."""
        if self._failures:
            await asyncio.sleep(wait.total_seconds())
            return
        try:
            async with asyncio.timeout(wait.total_seconds()):
                await self._wake.wait()
        except TimeoutError:
            return
