"""A blood-pressure cuff of the Blood Pressure Profile: who subscribes is sent what it has stored."""

import asyncio
from pathlib import Path
from typing import Any

from bumble.core import UUID
from bumble.device import Connection
from bumble.gatt import Characteristic, Service

from firmware_mocks.air import Air
from firmware_mocks.builds import STANDARD_CUFF, CuffBuild
from firmware_mocks.encode import BloodPressure, word
from firmware_mocks.faults import Faults
from firmware_mocks.peripheral import CURRENT_TIME, CURRENT_TIME_SERVICE, Peripheral, Property, WallClock


class BloodPressureCuff(Peripheral):
    """Indicates what it has `stored`, oldest first, and hangs up unless it is built, or told, to stay."""

    service = 0x1810
    build: CuffBuild

    def __init__(
        self,
        air: Air,
        stored: list[BloodPressure],
        *,
        address: str = "C1:00:00:00:18:10",
        build: CuffBuild = STANDARD_CUFF,
        clock: WallClock | None = None,
        faults: Faults | None = None,
        bonds: Path | None = None,
        hangs_up: bool | None = None,
    ) -> None:
        super().__init__(air, address, build, clock=clock or WallClock(), faults=faults, bonds=bonds)
        self.stored = list(stored)
        self.clock_was_set = 0
        self._hangs_up = build.hangs_up if hangs_up is None else hangs_up
        self._upload: asyncio.Task[None] | None = None
        self._measurement = self.told(0x2A35, Property.INDICATE)
        self._measurement.on("subscription", self._on_subscription)
        self._time = self._notified_time()
        notified = [Service(UUID.from_16_bits(CURRENT_TIME_SERVICE), [self._time])] if build.notifies_time else []
        self.add([self._measurement, self.shown(0x2A49, word(0x003F))], *notified)

    def _notified_time(self) -> Characteristic[Any]:
        """Told as soon as somebody listens; that is the moment to set it."""
        time = self.told(CURRENT_TIME, Property.NOTIFY | Property.WRITE, write=self.set_clock)
        time.on("subscription", self._on_time_subscription)
        return time

    def set_clock(self, connection: Connection, value: bytes) -> None:
        super().set_clock(connection, value)
        self.clock_was_set += 1

    def _on_time_subscription(self, connection: Connection, notifies: bool, _indicates: bool) -> None:
        if notifies:
            told = self.device.notify_subscriber(connection, self._time, self.time_as(CURRENT_TIME))
            self._telling = asyncio.ensure_future(told)

    def _on_subscription(self, connection: Connection, _notifies: bool, indicates: bool) -> None:
        if indicates:
            self._upload = asyncio.ensure_future(self._send(connection))

    def _on_disconnection(self, reason: int) -> None:
        super()._on_disconnection(reason)
        if self._upload and not self._upload.done():
            self._upload.cancel()

    async def _send(self, connection: Connection) -> None:
        for number, record in enumerate(list(self.stored)):
            if number == self.faults.link_lost_after:
                await connection.drain()
                self.air.lose_links(self.controller)
                return
            payload = self.faults.malformed.get(number, record.encode())
            await self.device.indicate_subscriber(connection, self._measurement, payload)
            # Confirmed: from now on it counts as sent.
            if self.build.sends_unsent_only or self.build.empties_memory:
                self.stored.remove(record)
        if self._hangs_up:
            self._upload = None
            await connection.disconnect()
