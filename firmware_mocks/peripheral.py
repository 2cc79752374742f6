"""What the meter, the sensor and the cuff have in common: advertising, pairing, a clock, who they are, and
characteristics that ask for an encrypted link."""

import asyncio
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
    Service,
)
from bumble.keys import JsonKeyStore, MemoryKeyStore
from bumble.pairing import PairingConfig
from bumble.profiles.device_information_service import DeviceInformationService

from firmware_mocks.air import Air
from firmware_mocks.builds import Build
from firmware_mocks.consent import Consent
from firmware_mocks.encode import current_time, date_time, octet, word
from firmware_mocks.faults import Faults

Property = Characteristic.Properties
Permission = att.Attribute.Permissions
READ_ENCRYPTED = Permission.READABLE | Permission.READ_REQUIRES_ENCRYPTION
WRITE_ENCRYPTED = Permission.WRITEABLE | Permission.WRITE_REQUIRES_ENCRYPTION

CURRENT_TIME_SERVICE, BATTERY_SERVICE = 0x1805, 0x180F
DATE_TIME = 0x2A08
CURRENT_TIME = 0x2A2B
BATTERY_LEVEL = 0x2A19
DATE_TIME_BYTES, CURRENT_TIME_BYTES = 7, 10
OUT_OF_RANGE = 0xFF
NOTIFIES, INDICATES = 0x01, 0x02


class WallClock:
    """The clock on the device's display: it goes on from the time it was set to."""

    def __init__(self, shows: datetime | None = None) -> None:
        """`shows` is a local time without a zone; the computer's own when None."""
        self._ahead = timedelta()
        if shows:
            self.set(shows)

    def now(self) -> datetime:
        return datetime.now() + self._ahead

    def set(self, shows: datetime) -> None:
        self._ahead = shows - datetime.now()


class Peripheral:
    """A device that is found by its service, and that pairs with whoever asks unless it has a reason not to."""

    service: int
    advertising_interval_ms = 20.0
    """Of a device that wants to be found; bumble's default is a whole second."""

    def __init__(
        self, air: Air, address: str, build: Build, *, clock: WallClock, faults: Faults | None, bonds: Path | None
    ) -> None:
        """`address` is a random static one (public ones do not work on the virtual air); `bonds` is the file
        that remembers with whom the device is paired, None to forget with the process."""
        host, self.controller = air.new_host(build.name)
        self.air = air
        self.address = address
        self.build = build
        self.clock = clock
        self.faults = faults or Faults()
        self.connections = 0
        self.pairings = 0
        self.device = Device(config=DeviceConfiguration(name=build.name, address=hci.Address(address)), host=host)
        self.device.keystore = JsonKeyStore(address, str(bonds)) if bonds else MemoryKeyStore()
        self.device.pairing_config_factory = self._pairing_config
        self.device.gatt_server.max_mtu = self.faults.mtu
        self.device.on("connection", self._on_connection)

    @property
    def name(self) -> str:
        return self.build.name

    async def start(self) -> None:
        """Switches on and advertises, again after every connection."""
        await self.device.power_on()
        await self.wake()

    async def wake(self) -> None:
        """Is heard from now on."""
        await self.device.start_advertising(
            advertising_data=self._advertisement(),
            auto_restart=not self.faults.asleep_s,
            advertising_interval_min=self.advertising_interval_ms,
            advertising_interval_max=self.advertising_interval_ms,
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
        connection.on("disconnection", self._on_disconnection)

    def _on_pairing(self, _keys: object) -> None:
        self.pairings += 1

    def _on_disconnection(self, _reason: int) -> None:
        if self.faults.asleep_s:
            asyncio.get_running_loop().call_later(self.faults.asleep_s, self._wake_soon)

    def _wake_soon(self) -> None:
        self._waking = asyncio.ensure_future(self.wake())

    # Pairing

    def _pairing_config(self, _connection: Connection) -> PairingConfig:
        shows_passkey = self.build.passkey is not None
        delegate = Consent(self.build.passkey, self.agrees_to_pair)
        return PairingConfig(sc=True, mitm=shows_passkey, bonding=True, delegate=delegate)

    async def agrees_to_pair(self) -> bool:
        bonds = await self.device.keystore.get_all() if self.device.keystore else []
        taken = self.build.serves_one_central and bool(bonds)
        return not self.faults.refuses_pairing and not taken

    # Characteristics

    def add(self, measuring: list[Characteristic[Any]], *others: Service) -> None:
        """The measuring service with the clock that is inside it, and what every device has beside it."""
        inside = [self.clock_as(DATE_TIME)] if self.build.has_date_time else []
        services = [Service(UUID.from_16_bits(self.service), [*measuring, *inside]), *others, self._information()]
        if self.build.has_current_time:
            services.append(Service(UUID.from_16_bits(CURRENT_TIME_SERVICE), [self.clock_as(CURRENT_TIME)]))
        if self.build.battery is not None:
            level = self.shown(BATTERY_LEVEL, octet(self.build.battery))
            services.append(Service(UUID.from_16_bits(BATTERY_SERVICE), [level]))
        self.device.add_services(services)

    def _information(self) -> Service:
        return DeviceInformationService(
            manufacturer_name=self.build.manufacturer,
            model_number=self.build.model,
            serial_number=self.build.serial,
            firmware_revision=self.build.firmware,
        )

    def told(self, uuid: int, kind: Property, write: Callable[..., None] | None = None) -> Characteristic[Any]:
        """A characteristic that notifies or indicates (and, given `write`, is written to).

        Bumble's automatic subscription descriptor may be written on a plain link; this one may not, as the
        Glucose Profile demands.
        """
        value = CharacteristicValue(write=write) if write else None
        permission = WRITE_ENCRYPTED if write else Permission(0)
        characteristic = Characteristic(UUID.from_16_bits(uuid), kind, permission, value)
        subscription: Any = self.device.gatt_server.make_descriptor_value(characteristic)
        writable = WRITE_ENCRYPTED
        if uuid in self.faults.without_subscription:
            subscription, writable = word(0), Permission(0)
        characteristic.descriptors = [
            Descriptor(
                GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR, Permission.READABLE | writable, subscription
            )
        ]
        return characteristic

    def is_subscribed(self, connection: Connection, characteristic: Characteristic[Any], how: int) -> bool:
        return bool(self.device.gatt_server.read_cccd(connection, characteristic)[0] & how)

    def shown(
        self, uuid: int, value: bytes | Callable[[], bytes], write: Callable[..., None] | None = None
    ) -> Characteristic[Any]:
        """A characteristic that is read (and, given `write`, written) over an encrypted link."""

        def read(_connection: Connection) -> bytes:
            if uuid in self.faults.refused_reads:
                raise att.ATT_Error(self.faults.refused_reads[uuid])
            return value() if callable(value) else value

        kind, permission = Property.READ, READ_ENCRYPTED
        if write:
            kind, permission = kind | Property.WRITE, permission | WRITE_ENCRYPTED
        return Characteristic(UUID.from_16_bits(uuid), kind, permission, CharacteristicValue(read=read, write=write))

    def clock_as(self, uuid: int) -> Characteristic[Any]:
        """The clock, as Date Time or as Current Time."""
        write = self.set_clock if self.build.clock_can_be_set else None
        return self.shown(uuid, lambda: self.time_as(uuid), write)

    def time_as(self, uuid: int) -> bytes:
        layout = current_time if uuid == CURRENT_TIME else date_time
        return layout(self.faults.clock_shows or self.clock.now())

    def set_clock(self, _connection: Connection, value: bytes) -> None:
        """A Date Time, or a Current Time that begins with one."""
        if len(value) not in (DATE_TIME_BYTES, CURRENT_TIME_BYTES):
            raise att.ATT_Error(att.ATT_INVALID_ATTRIBUTE_LENGTH_ERROR)
        try:
            shows = datetime(int.from_bytes(value[:2], "little"), *value[2:DATE_TIME_BYTES])
        except ValueError:
            raise att.ATT_Error(OUT_OF_RANGE) from None
        self.clock.set(shows)
