"""A backend for bleak whose radio is a bumble host on the virtual air.

    backend = open_backend("tcp-client:127.0.0.1:9000?keystore=var/bonds.json")
    BleakScanner(backend=backend.Scanner)
    BleakClient(device, backend=backend.Client)

It behaves as bleak does on Linux: a bonded device is encrypted as soon as it is connected, all services are
resolved before `connect` returns, an operation that lacks security raises it once and is tried again, a refused
pairing is `org.bluez.Error.AuthenticationFailed`, and a lost link is a BleakError.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDBusError, BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bleak.uuids import normalize_uuid_str
from bumble import att, core, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Advertisement, Connection, Device, DeviceConfiguration, Peer
from bumble.host import Host
from bumble.keys import JsonKeyStore, MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport
from bumble.transport.common import Transport

Result = TypeVar("Result")

ADDRESS = "F0:F1:F2:F3:F4:F5"
ATT_MTU = 517
INSUFFICIENT_SECURITY = {0x05, 0x0C, 0x0F}
"""ATT errors: authentication, key size, encryption."""
DISCONNECT_SECONDS = 5
SERVICE_LISTS = (
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)


def open_backend(spec: str) -> "BumbleBackend":
    """From text such as a setting holds: a bumble transport, then optionally `?keystore=` and a file.

    Nothing is opened before it is used.
    """
    transport, _, keystore = spec.partition("?keystore=")
    return BumbleBackend(transport, keystore=Path(keystore) if keystore else None)


class BumbleBackend:
    """One central. `Scanner` and `Client` are what bleak takes as `backend=`."""

    def __init__(self, transport: str = "", *, host: Host | None = None, keystore: Path | None = None) -> None:
        """`transport` is a bumble transport ("tcp-client:127.0.0.1:9000", "unix:/run/air.sock"); `host` one in
        this process instead. `keystore` keeps the bonds; without it they are forgotten with the backend."""
        self._transport_name = transport
        self._host = host
        self._keystore = keystore
        self._transport: Transport | None = None
        self._device: Device | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opening = asyncio.Lock()
        self.connecting = asyncio.Lock()
        """Bumble has one pending connection at a time."""
        self._scanners: set[_Scanner] = set()
        # Bleak takes a class, and makes the object itself: the classes are bound to this central.
        self.Scanner = type("VirtualScanner", (_Scanner,), {"central": self})
        self.Client = type("VirtualClient", (_Client,), {"central": self})

    async def device(self) -> Device:
        """The bumble device, switched on. A transport belongs to the loop that opened it, so another loop
        opens its own."""
        async with self._opening:
            loop = asyncio.get_running_loop()
            if self._device is None or self._loop is not loop:
                self._device, self._loop = await self._open(), loop
                self._scanners.clear()
            return self._device

    async def _open(self) -> Device:
        config = DeviceConfiguration(name="companion", address=hci.Address(ADDRESS))
        if self._host:
            device = Device(config=config, host=self._host)
        else:
            self._transport = await open_transport(self._transport_name)
            device = Device.from_config_with_hci(config, self._transport.source, self._transport.sink)
        device.keystore = JsonKeyStore(ADDRESS, str(self._keystore)) if self._keystore else MemoryKeyStore()
        device.pairing_config_factory = lambda _: PairingConfig(
            sc=True, mitm=False, bonding=True, delegate=PairingDelegate(PairingDelegate.NO_OUTPUT_NO_INPUT)
        )
        await device.power_on()
        return device

    async def close(self) -> None:
        """Switches the radio off. It opens again when it is used again."""
        device, transport = self._device, self._transport
        self._device = self._transport = None
        if device and self._loop is asyncio.get_running_loop():
            await device.power_off()
            if transport:
                await transport.close()

    async def add(self, scanner: "_Scanner") -> None:
        """Any number of scanners share the one scan of the radio."""
        device = await self.device()
        device.on("advertisement", scanner.on_advertisement)
        self._scanners.add(scanner)
        if len(self._scanners) == 1:
            await device.start_scanning(filter_duplicates=False)

    async def remove(self, scanner: "_Scanner") -> None:
        if scanner not in self._scanners:
            return
        device = await self.device()
        self._scanners.discard(scanner)
        device.remove_listener("advertisement", scanner.on_advertisement)
        if not self._scanners:
            await device.stop_scanning()


class _Scanner(BaseBleakScanner):
    central: BumbleBackend

    def __init__(self, detection_callback: Any, service_uuids: Any, scanning_mode: str, **_: Any) -> None:
        super().__init__(detection_callback, service_uuids)

    async def start(self) -> None:
        self.seen_devices = {}
        await self.central.add(self)

    async def stop(self) -> None:
        await self.central.remove(self)

    def on_advertisement(self, heard: Advertisement) -> None:
        services = _service_uuids(heard.data)
        if not self.is_allowed_uuid(services):
            return
        name = heard.data.get(AdvertisingData.COMPLETE_LOCAL_NAME)
        advertisement = AdvertisementData(
            local_name=name,
            manufacturer_data={},
            service_data={},
            service_uuids=services,
            tx_power=None,
            rssi=heard.rssi,
            platform_data=(heard,),
        )
        address = heard.address.to_string(False)
        device = self.create_or_update_device(address, address, name, {"address": heard.address}, advertisement)
        self.call_detection_callbacks(device, advertisement)


def _service_uuids(data: AdvertisingData) -> list[str]:
    """Each once: the virtual controller repeats the advertisement as its own scan response."""
    lists = (cast("list[UUID]", data.get(kind) or []) for kind in SERVICE_LISTS)
    return list(dict.fromkeys(_normal(uuid) for uuids in lists for uuid in uuids))


def _normal(uuid: UUID) -> str:
    return normalize_uuid_str(uuid.to_hex_str("-"))


class _Client(BaseBleakClient):
    central: BumbleBackend

    def __init__(self, address_or_ble_device: BLEDevice | str, **kwargs: Any) -> None:
        super().__init__(address_or_ble_device, **kwargs)
        self._device = address_or_ble_device if isinstance(address_or_ble_device, BLEDevice) else None
        self._connection: Connection | None = None
        self._gone: asyncio.Future[int] | None = None

    @property
    def name(self) -> str:
        return (self._device and self._device.name) or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        return self._connection.att_mtu if self._connection else 23

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def connect(self, pair: bool, **_: Any) -> None:
        central = await self.central.device()
        self._device = self._device or await self._find()
        self._connection = await self._reach(central, self._device.details["address"])
        self._gone = asyncio.get_running_loop().create_future()
        self._connection.once("disconnection", self._on_disconnection)
        try:
            await self._prepare(self._connection, pair)
        except BaseException:
            await self.disconnect()
            raise

    async def _find(self) -> BLEDevice:
        from bleak import BleakScanner

        found = await BleakScanner.find_device_by_address(
            self.address, timeout=self._timeout, backend=self.central.Scanner
        )
        if found is None:
            raise BleakDeviceNotFoundError(self.address, f"{self.address} was not found")
        return found

    async def _reach(self, central: Device, address: hci.Address) -> Connection:
        async with self.central.connecting:
            try:
                # For a bonded peer bumble first scans, without a limit of its own.
                return await asyncio.wait_for(central.connect(address, timeout=self._timeout), self._timeout + 1)
            except (core.TimeoutError, TimeoutError) as error:
                raise BleakDeviceNotFoundError(self.address, f"{self.address} does not answer") from error
            except core.ConnectionError as error:
                raise BleakError(str(error)) from error

    async def _prepare(self, connection: Connection, pair: bool) -> None:
        peer = Peer(connection)
        if await self._is_bonded(connection):
            await self._encrypt(connection)
        await self._guarded(lambda: peer.request_mtu(ATT_MTU))
        if pair and not connection.is_encrypted:
            await self.pair()
        self.services = await self._guarded(lambda: self._resolve(peer))

    def _on_disconnection(self, reason: int) -> None:
        self._connection = None
        self.services = None
        if self._gone and not self._gone.done():
            self._gone.set_result(reason)
        if self._disconnected_callback:
            self._disconnected_callback()

    async def disconnect(self) -> None:
        if self._connection is None:
            return
        try:
            await asyncio.wait_for(self._connection.disconnect(), DISCONNECT_SECONDS)
        except (hci.HCI_Error, TimeoutError):
            self._on_disconnection(hci.HCI_CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR)

    async def _guarded(self, start: Callable[[], Awaitable[Result]]) -> Result:
        """Does one thing over the link, unless the link goes first.

        When a link is lost, bumble cancels what was waiting on it, which to the caller would look like being
        cancelled itself. So it runs as a task of its own, in a race with the disconnection.
        """
        if self._connection is None or self._gone is None:
            raise BleakError("not connected")
        gone: asyncio.Future[Any] = self._gone
        task: asyncio.Future[Any] = asyncio.ensure_future(start())
        try:
            await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
        if gone.done():
            await asyncio.gather(task, return_exceptions=True)
            raise BleakError(f"disconnected (reason 0x{gone.result():02x})")
        return cast(Result, task.result())

    async def _operate(self, start: Callable[[], Awaitable[Result]]) -> Result:
        """An ATT operation; when it lacks security, that is raised and it is tried once more."""
        try:
            return await self._guarded(start)
        except att.ATT_Error as error:
            if error.error_code not in INSUFFICIENT_SECURITY:
                raise BleakGATTProtocolError(error.error_code) from error
        except core.TimeoutError as error:
            raise BleakError("the device does not answer") from error
        await self.pair()
        try:
            return await self._guarded(start)
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(error.error_code) from error

    async def _is_bonded(self, connection: Connection) -> bool:
        keystore = (await self.central.device()).keystore
        return keystore is not None and await keystore.get(str(connection.peer_address)) is not None

    async def _encrypt(self, connection: Connection) -> None:
        try:
            await self._guarded(connection.encrypt)
        except hci.HCI_Error as error:
            raise _authentication_failed("the device does not know the bond") from error

    async def pair(self, *_: Any, **__: Any) -> None:
        if self._connection is None:
            raise BleakError("not connected")
        try:
            await self._guarded(self._connection.pair)
        except (core.ProtocolError, hci.HCI_Error) as error:
            raise _authentication_failed(str(error)) from error

    async def unpair(self) -> None:
        central = await self.central.device()
        with suppress(KeyError):  # not paired: what is wanted is so already
            if central.keystore:
                await central.keystore.delete(self.address)
        await central.refresh_resolving_list()
        await self.disconnect()

    async def _resolve(self, peer: Peer) -> BleakGATTServiceCollection:
        collection = BleakGATTServiceCollection()
        await peer.discover_services()
        for found in peer.services:
            service = BleakGATTService(found, found.handle, _normal(found.uuid))
            collection.add_service(service)
            await found.discover_characteristics()
            for item in found.characteristics:
                await self._add_characteristic(collection, service, item)
        return collection

    async def _add_characteristic(
        self, collection: BleakGATTServiceCollection, service: BleakGATTService, found: Any
    ) -> None:
        if found.end_group_handle > found.handle:
            await found.discover_descriptors()
        found.descriptors_discovered = True  # bumble forgets to say so, and would ask again to subscribe
        properties = list(gatt_char_props_to_strs(int(found.properties)))
        characteristic = BleakGATTCharacteristic(
            found, found.handle, _normal(found.uuid), properties, lambda: self.mtu_size - 3, service
        )
        collection.add_characteristic(characteristic)
        for descriptor in found.descriptors:
            collection.add_descriptor(
                BleakGATTDescriptor(descriptor, descriptor.handle, _normal(descriptor.type), characteristic)
            )

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **_: Any) -> bytearray:
        return bytearray(await self._operate(characteristic.obj.read_value))

    async def read_gatt_descriptor(self, descriptor: BleakGATTDescriptor, **_: Any) -> bytearray:
        return bytearray(await self._operate(descriptor.obj.read_value))

    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: Any, response: bool) -> None:
        await self._operate(lambda: characteristic.obj.write_value(bytes(data), with_response=response))

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: Any) -> None:
        await self._operate(lambda: descriptor.obj.write_value(bytes(data), with_response=True))

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: Callable[[bytearray], None], **_: Any
    ) -> None:
        await self._operate(lambda: characteristic.obj.subscribe(lambda value: callback(bytearray(value))))

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        await self._operate(characteristic.obj.unsubscribe)


def _authentication_failed(why: str) -> BleakDBusError:
    """What bleak raises on Linux."""
    return BleakDBusError("org.bluez.Error.AuthenticationFailed", [why])
