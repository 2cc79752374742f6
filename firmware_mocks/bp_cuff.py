"""A blood-pressure cuff of the Blood Pressure Profile: who subscribes is sent what it has stored."""

import asyncio
from pathlib import Path

from bumble.core import UUID
from bumble.device import Connection
from bumble.gatt import Characteristic, Service
from bumble.profiles.device_information_service import DeviceInformationService

from firmware_mocks.air import Air
from firmware_mocks.encode import BloodPressure, word
from firmware_mocks.faults import Faults
from firmware_mocks.peripheral import DATE_TIME, READ_ENCRYPTED, Peripheral, Property, WallClock


class BloodPressureCuff(Peripheral):
    """Indicates everything it has `stored`, oldest first, and hangs up unless told to stay."""

    service = 0x1810
    name = "cuff+89ABCDEF"

    def __init__(
        self,
        air: Air,
        stored: list[BloodPressure],
        *,
        address: str = "C1:00:00:00:18:10",
        clock: WallClock | None = None,
        faults: Faults | None = None,
        bonds: Path | None = None,
        hangs_up: bool = True,
    ) -> None:
        super().__init__(air, address, clock=clock or WallClock(), faults=faults, bonds=bonds)
        self.stored = list(stored)
        self._hangs_up = hangs_up
        self._upload: asyncio.Task[None] | None = None
        self._measurement = self.told(0x2A35, Property.INDICATE)
        self._measurement.on("subscription", self._on_subscription)
        feature = Characteristic(UUID.from_16_bits(0x2A49), Property.READ, READ_ENCRYPTED, word(0x003F))
        self.device.add_services(
            [
                Service(UUID.from_16_bits(self.service), [self._measurement, feature, self.clock_as(DATE_TIME)]),
                DeviceInformationService(
                    manufacturer_name="Virtual Diagnostics", model_number="BC-1", serial_number="89ABCDEF"
                ),
            ]
        )

    def _on_subscription(self, connection: Connection, _notifies: bool, indicates: bool) -> None:
        if indicates:
            self._upload = asyncio.ensure_future(self._send(connection))

    async def _send(self, connection: Connection) -> None:
        for number, record in enumerate(self.stored):
            if number == self.faults.link_lost_after:
                await connection.drain()
                self.air.lose_links(self.controller)
                return
            payload = self.faults.malformed.get(number, record.encode())
            await self.device.indicate_subscriber(connection, self._measurement, payload)
        if self._hangs_up:
            await connection.disconnect()
