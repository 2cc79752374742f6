"""A bleak client whose links go over the virtual air. It behaves as bleak's own client does on Linux."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

from bleak import BleakScanner
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDBusError, BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bumble import att, core, hci
from bumble.device import Connection, Device, Peer
from bumble.transport.common import TransportLostError

from firmware_mocks.bleak_scanner import normal_uuid

if TYPE_CHECKING:
    from firmware_mocks.bleak_backend import BumbleBackend

Result = TypeVar("Result")

ATT_MTU = 517
INSUFFICIENT_SECURITY = {0x05, 0x0C, 0x0F}
"""ATT errors: authentication, key size, encryption."""
DISCONNECT_SECONDS = 5


class VirtualClient(BaseBleakClient):
    central: "BumbleBackend"

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
        if self._connection not in central.connections.values():
            self._connection = None
            raise BleakError("the link failed to be established")
        self._connection.once("disconnection", self._on_disconnection)
        try:
            await self._prepare(self._connection, pair)
        except BaseException:
            await self.disconnect()
            raise

    async def _find(self) -> BLEDevice:
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
        if gone.done() and not _succeeded(task):
            await asyncio.gather(task, return_exceptions=True)
            raise BleakError(f"disconnected (reason 0x{gone.result():02x})")
        try:
            return cast(Result, task.result())
        except TransportLostError as error:
            raise BleakError("the radio is gone") from error

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
            service = BleakGATTService(found, found.handle, normal_uuid(found.uuid))
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
            found, found.handle, normal_uuid(found.uuid), properties, lambda: self.mtu_size - 3, service
        )
        collection.add_characteristic(characteristic)
        for descriptor in found.descriptors:
            collection.add_descriptor(
                BleakGATTDescriptor(descriptor, descriptor.handle, normal_uuid(descriptor.type), characteristic)
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


def _succeeded(task: "asyncio.Future[Any]") -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _authentication_failed(why: str) -> BleakDBusError:
    """What bleak raises on Linux."""
    return BleakDBusError("org.bluez.Error.AuthenticationFailed", [why])
