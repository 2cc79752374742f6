"""The devices that the stand-in has heard, is connected to, or is paired with."""

import asyncio
from typing import Any

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakDBusError, BleakError
from bumble.device import Connection
from dbus_fast import Message, Variant

from firmware_mocks.bleak_backend import BumbleBackend
from firmware_mocks.bleak_client import VirtualClient
from firmware_mocks.bluez.errors import BluezError, bluez_error, of_a_connection
from firmware_mocks.bluez.gatt import RemoteServices
from firmware_mocks.bluez.objects import ObjectTree, flag, path_of, text, texts

DEVICE = "org.bluez.Device1"
CONNECT_SECONDS = 10


class Devices:
    """`loss_told_after` in seconds: bluetoothd learns of the end of a link by two ways, and often answers what was
    pending on it before it says that the link is gone. `aborts_on_lost_bond`: it tells a bond that the device does
    not know as a link that was aborted, not as a failed authentication; both are seen, by version."""

    def __init__(self, tree: ObjectTree, backend: BumbleBackend, adapter_path: str) -> None:
        self._tree = tree
        self._backend = backend
        self._adapter = adapter_path
        self.loss_told_after = 0.0
        self.aborts_on_lost_bond = False
        self._heard: dict[str, BLEDevice] = {}
        self._told: set[str] = set()
        self._bonded: set[str] = set()
        self._clients: dict[str, VirtualClient] = {}
        self._services: dict[str, RemoteServices] = {}

    def path_of(self, address: str) -> str:
        return f"{self._adapter}/dev_{address.replace(':', '_')}"

    async def start(self) -> None:
        """With the bonds that the radio's keystore remembers from before."""
        device = await self._backend.device()
        self._bonded = {address for address, _ in await device.keystore.get_all()} if device.keystore else set()
        device.on("connection", lambda link: link.on("pairing", lambda _: self._on_bond(link)))

    def hear_anew(self) -> None:
        """A discovery begins: each device is told of again when it is heard."""
        self._told.clear()

    def hear_nothing(self) -> None:
        """The discovery is over: nobody knows how near a device is any more."""
        for path in self._told:
            if path in self._tree:
                self._tree.change(path, DEVICE, {}, invalidated=("RSSI",))

    def hear(self, device: BLEDevice, heard: AdvertisementData) -> None:
        path = self.path_of(device.address)
        self._heard[path] = device
        if path in self._told:
            return
        self._told.add(path)
        if path in self._tree:
            self._tree.change(path, DEVICE, {"RSSI": Variant("n", heard.rssi)})
            return
        paired = flag(device.address in self._bonded)
        self._tree.add(
            path,
            DEVICE,
            {
                "Address": text(device.address),
                "AddressType": text("random"),
                "Alias": text(heard.local_name or device.address.replace(":", "-")),
                "Adapter": path_of(self._adapter),
                "UUIDs": texts(heard.service_uuids),
                "RSSI": Variant("n", heard.rssi),
                "Paired": paired,
                "Bonded": paired,
                "Trusted": flag(False),
                "Connected": flag(False),
                "ServicesResolved": flag(False),
                **({"Name": text(heard.local_name)} if heard.local_name else {}),
            },
        )

    def forget_strangers(self) -> None:
        """What bluetoothd does half a minute after a discovery: who is neither paired nor connected is gone."""
        for path in self._heard:
            if path in self._tree and path not in self._clients and not self._tree.value(path, DEVICE, "Paired"):
                self._tree.remove(path)

    async def connect(self, path: str) -> None:
        if path in self._clients:
            return
        client: VirtualClient = self._backend.Client(
            self._heard[path], disconnected_callback=lambda: self._on_disconnected(path), timeout=CONNECT_SECONDS
        )
        try:
            await client.connect(pair=False)
        except BleakError as error:
            if self.aborts_on_lost_bond and isinstance(error, BleakDBusError):
                raise self._aborted(path) from error
            raise of_a_connection(error) from error
        self._clients[path] = client
        self._tree.change(path, DEVICE, {"Connected": flag(True)})
        self._services[path] = RemoteServices(self._tree, path, client)
        self._services[path].publish()
        self._tree.change(path, DEVICE, {"ServicesResolved": flag(True)})

    def _aborted(self, path: str) -> BluezError:
        """The link was there for a moment, and everybody was told."""
        for connected in (True, False):
            self._tree.change(path, DEVICE, {"Connected": flag(connected)})
        return bluez_error("Failed", "le-connection-abort-by-local")

    async def pair(self, path: str) -> None:
        if self._tree.value(path, DEVICE, "Paired"):
            raise bluez_error("AlreadyExists", "Already Exists")
        await self.connect(path)
        try:
            await self._clients[path].pair()
        except BleakError as error:
            await self.disconnect(path)
            raise of_a_connection(error) from error

    def _on_bond(self, link: Connection) -> None:
        """Also when it came about because a characteristic asked for it."""
        address = link.peer_address.to_string(False)
        self._bonded.add(address)
        self._tree.change(self.path_of(address), DEVICE, {"Paired": flag(True), "Bonded": flag(True)})

    async def disconnect(self, path: str) -> None:
        if path not in self._clients:
            raise bluez_error("NotConnected", "Not Connected")
        await self._clients[path].disconnect()

    def _on_disconnected(self, path: str) -> None:
        self._clients.pop(path, None)
        if self.loss_told_after:
            asyncio.get_running_loop().call_later(self.loss_told_after, self._tell_disconnected, path)
        else:
            self._tell_disconnected(path)

    def _tell_disconnected(self, path: str) -> None:
        services = self._services.pop(path, None)
        if services is None or path not in self._tree:
            return
        self._tree.change(path, DEVICE, {"Connected": flag(False), "ServicesResolved": flag(False)})
        services.withdraw()

    async def remove(self, path: str) -> None:
        """With its bond."""
        if path not in self._tree:
            raise bluez_error("DoesNotExist", "Does Not Exist")
        device = self._heard[path]
        self._bonded.discard(device.address)
        client = self._clients.get(path) or self._backend.Client(device, disconnected_callback=None, timeout=1)
        await client.unpair()
        self._tree.remove(path)

    async def use_attribute(self, message: Message) -> tuple[str, list[Any]]:
        """A call on a characteristic or a descriptor."""
        path = str(message.path)
        device_path = "/".join(path.split("/")[:5])
        if device_path not in self._services:
            raise bluez_error("Failed", "Not connected")
        return await self._services[device_path].call(path, str(message.member), message.body)
