"""What the meter and the cuff have in common: advertising, pairing, a clock, and characteristics that ask for
an encrypted link."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bumble import att, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import (
    GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
    Characteristic,
    CharacteristicValue,
    Descriptor,
)
from bumble.keys import JsonKeyStore, MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate

from firmware_mocks.air import Air
from firmware_mocks.encode import current_time, date_time, word
from firmware_mocks.faults import Faults

Property = Characteristic.Properties
Permission = att.Attribute.Permissions
READ_ENCRYPTED = Permission.READABLE | Permission.READ_REQUIRES_ENCRYPTION
WRITE_ENCRYPTED = Permission.WRITEABLE | Permission.WRITE_REQUIRES_ENCRYPTION

ADVERTISING_INTERVAL_MS = 20.0
"""The interval of a device that wants to be found; bumble's default is a whole second."""

DATE_TIME = 0x2A08
CURRENT_TIME = 0x2A2B


class WallClock:
    """The clock on the device's display: it goes on from the time it was set to."""

    def __init__(self, shows: datetime | None = None) -> None:
        """`shows` is a local time without a zone; the computer's own when None."""
        self._ahead = (shows - datetime.now()) if shows else timedelta()

    def now(self) -> datetime:
        return datetime.now() + self._ahead


class Peripheral:
    """A device that is found by its service, and that pairs with whoever asks unless it has a fault."""

    service: int
    name: str

    def __init__(self, air: Air, address: str, *, clock: WallClock, faults: Faults | None, bonds: Path | None) -> None:
        """`address` is a random static one (public ones do not work on the virtual air); `bonds` is the file
        that remembers with whom the device is paired, None to forget with the process."""
        host, self.controller = air.new_host(self.name)
        self.air = air
        self.address = address
        self.clock = clock
        self.faults = faults or Faults()
        self.connections = 0
        self.pairings = 0
        self.device = Device(config=DeviceConfiguration(name=self.name, address=hci.Address(address)), host=host)
        self.device.keystore = JsonKeyStore(address, str(bonds)) if bonds else MemoryKeyStore()
        self.device.pairing_config_factory = lambda _: PairingConfig(
            sc=True, mitm=False, bonding=True, delegate=_Pairing(self)
        )
        self.device.on("connection", self._on_connection)

    async def start(self) -> None:
        """Switches on and advertises, again after every connection."""
        await self.device.power_on()
        await self.device.start_advertising(
            advertising_data=self._advertisement(),
            auto_restart=True,
            advertising_interval_min=ADVERTISING_INTERVAL_MS,
            advertising_interval_max=ADVERTISING_INTERVAL_MS,
        )

    async def stop(self) -> None:
        """Switches off: no longer found."""
        await self.device.stop_advertising()
        await self.device.power_off()

    async def forget_bonds(self) -> None:
        """As when its memory was erased, or it was paired with somebody else."""
        if self.device.keystore:
            await self.device.keystore.delete_all()
        await self.device.refresh_resolving_list()

    def _advertisement(self) -> bytes:
        """The name is part of it: the virtual controller never answers a scan request."""
        flags = bytes([0x06])  # generally discoverable, no classic Bluetooth
        return bytes(
            AdvertisingData(
                [
                    (AdvertisingData.FLAGS, flags),
                    (AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, word(self.service)),
                    (AdvertisingData.COMPLETE_LOCAL_NAME, self.name.encode()),
                ]
            )
        )

    def _on_connection(self, connection: Connection) -> None:
        self.connections += 1
        connection.on("pairing", self._on_pairing)

    def _on_pairing(self, _keys: object) -> None:
        self.pairings += 1

    def told(self, uuid: int, kind: Property, write: Callable[..., None] | None = None) -> Characteristic[Any]:
        """A characteristic that notifies or indicates (and, given `write`, is written to).

        Bumble's automatic subscription descriptor may be written on a plain link; this one may not, as the
        Glucose Profile demands.
        """
        value = CharacteristicValue(write=write) if write else None
        permission = WRITE_ENCRYPTED if write else Permission(0)
        characteristic = Characteristic(UUID.from_16_bits(uuid), kind, permission, value)
        subscription = self.device.gatt_server.make_descriptor_value(characteristic)
        characteristic.descriptors = [
            Descriptor(
                GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
                Permission.READABLE | WRITE_ENCRYPTED,
                subscription,
            )
        ]
        return characteristic

    def clock_as(self, uuid: int) -> Characteristic[Any]:
        """The clock, as Date Time or as Current Time."""
        layout = current_time if uuid == CURRENT_TIME else date_time
        value = CharacteristicValue(read=lambda _: layout(self.clock.now()))
        return Characteristic(UUID.from_16_bits(uuid), Property.READ, READ_ENCRYPTED, value)


class _Pairing(PairingDelegate):
    """Nothing to show and nothing to type: the device agrees, or has the fault of refusing."""

    def __init__(self, owner: Peripheral) -> None:
        super().__init__(PairingDelegate.NO_OUTPUT_NO_INPUT)
        self._owner = owner

    async def accept(self) -> bool:
        return not self._owner.faults.refuses_pairing
