"""Listening for the household's devices, and reading each as it wakes."""

import asyncio
from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

import structlog

from companion.devices.radio.kinds import SERVICES
from companion.devices.radio.link import DeviceError, Found, Radio
from companion.hub import paired
from companion.hub.clock_jumps import look_at_clock
from companion.hub.machine_clock import MachineClock
from companion.hub.reader import Reader
from companion.hub.rests import Rests
from companion.hub.spool import Spool

log = structlog.get_logger()

LISTEN_S = 20.0
"""So long at a time; a device that is paired meanwhile is heard from then on."""
RADIO_IS_OFF_S = 30.0


class Watch:
    """One radio, listened to for ever; one device is read at a time."""

    def __init__(
        self,
        spool: Spool,
        radio: Radio,
        reader: Reader,
        clock: MachineClock,
        *,
        zone: Callable[[], ZoneInfo | None],
        read_one: Callable[[], None],
    ) -> None:
        """`zone`: where the patient's wall is, if this machine knows what time it is; `read_one` is called when
        something waits to be sent."""
        self._spool = spool
        self._radio = radio
        self._reader = reader
        self._clock = clock
        self._zone = zone
        self._read_one = read_one
        self._rests = Rests()

    async def run(self, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """Until it is cancelled. A radio that is switched off is waited for."""
        while True:
            try:
                await self.listen_once(LISTEN_S)
            except DeviceError as error:
                log.warning("the radio does not listen", reason=str(error))
                await sleep(RADIO_IS_OFF_S)

    async def listen_once(self, seconds: float) -> None:
        """Reads the first device that wakes within that time, if one does."""
        if jump := look_at_clock(self._spool, self._clock()):
            log.warning("this machine's clock was set", by_s=jump.by.total_seconds())
        devices = {device.address: device for device in paired.devices(self._spool) if device.is_paired}
        found = await self._radio.find(
            SERVICES, seconds, lambda heard: heard.address in devices and self._is_due(heard)
        )
        if found is None:
            return
        session = await self._reader.read(devices[found.address], found, self._zone())
        went_well = session is not None and session.complete
        self._rests.note_read(found.address, self._clock().uptime, went_well=went_well)
        log.info("device read", complete=went_well, values=len(session.payloads) if session else 0)
        if session is not None:
            self._read_one()

    def _is_due(self, heard: Found) -> bool:
        return self._rests.hear(heard.address, self._clock().uptime)
