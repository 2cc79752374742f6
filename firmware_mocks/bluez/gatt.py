"""The services of a connected device as D-Bus objects, and what can be done with them."""

from collections.abc import Callable
from typing import Any

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.exc import BleakError

from firmware_mocks.bleak_client import VirtualClient
from firmware_mocks.bluez.errors import bluez_error, of_an_operation
from firmware_mocks.bluez.objects import ObjectTree, flag, octets, path_of, text, texts

SERVICE = "org.bluez.GattService1"
CHARACTERISTIC = "org.bluez.GattCharacteristic1"
DESCRIPTOR = "org.bluez.GattDescriptor1"
SUBSCRIPTION = "00002902-0000-1000-8000-00805f9b34fb"
TELLS = {"notify", "indicate"}


class RemoteServices:
    """Of one connected device. BlueZ keeps the subscription descriptors to itself."""

    def __init__(self, tree: ObjectTree, device_path: str, client: VirtualClient) -> None:
        self._tree = tree
        self._path = device_path
        self._client = client
        self._characteristics: dict[str, BleakGATTCharacteristic] = {}
        self._descriptors: dict[str, BleakGATTDescriptor] = {}

    def publish(self) -> None:
        for service in self._client.services or ():
            path = f"{self._path}/service{service.handle:04x}"
            properties = {"UUID": text(service.uuid), "Primary": flag(True), "Device": path_of(self._path)}
            self._tree.add(path, SERVICE, properties)
            for characteristic in service.characteristics:
                self._publish_characteristic(path, characteristic)

    def _publish_characteristic(self, service_path: str, characteristic: BleakGATTCharacteristic) -> None:
        # BlueZ names a characteristic by its declaration, which comes before its value.
        path = f"{service_path}/char{characteristic.handle - 1:04x}"
        self._characteristics[path] = characteristic
        properties = {
            "UUID": text(characteristic.uuid),
            "Service": path_of(service_path),
            "Value": octets(b""),
            "Flags": texts(list(characteristic.properties)),
        }
        if TELLS & set(characteristic.properties):
            properties["Notifying"] = flag(False)
        self._tree.add(path, CHARACTERISTIC, properties)
        for descriptor in characteristic.descriptors:
            if descriptor.uuid != SUBSCRIPTION:
                self._publish_descriptor(path, descriptor)

    def _publish_descriptor(self, characteristic_path: str, descriptor: BleakGATTDescriptor) -> None:
        path = f"{characteristic_path}/desc{descriptor.handle:04x}"
        self._descriptors[path] = descriptor
        properties = {
            "UUID": text(descriptor.uuid),
            "Characteristic": path_of(characteristic_path),
            "Value": octets(b""),
        }
        self._tree.add(path, DESCRIPTOR, properties)

    async def call(self, path: str, member: str, body: list[Any]) -> tuple[str, list[Any]]:
        """ReadValue, WriteValue, StartNotify or StopNotify. Returns the signature and the body of the answer."""
        try:
            if member == "ReadValue":
                return "ay", [await self._read(path)]
            if member == "WriteValue":
                await self._write(path, bytes(body[0]), with_response=body[1]["type"].value == "request")
            elif member == "StartNotify" and TELLS & set(self._characteristics[path].properties):
                await self._client.start_notify(self._characteristics[path], self._teller(path))
            elif member == "StopNotify":
                await self._client.stop_notify(self._characteristics[path])
            else:
                raise bluez_error("NotSupported", "Operation is not supported")
        except BleakError as error:
            raise of_an_operation(error) from error
        return "", []

    async def _read(self, path: str) -> bytes:
        if path in self._descriptors:
            return bytes(await self._client.read_gatt_descriptor(self._descriptors[path]))
        return bytes(await self._client.read_gatt_char(self._characteristics[path]))

    async def _write(self, path: str, value: bytes, *, with_response: bool) -> None:
        if path in self._descriptors:
            await self._client.write_gatt_descriptor(self._descriptors[path], value)
        else:
            await self._client.write_gatt_char(self._characteristics[path], value, with_response)

    def _teller(self, path: str) -> Callable[[bytearray], None]:
        """A value is told as a change of the property, as BlueZ does it: each one, also when it is the same."""

        def tell(value: bytearray) -> None:
            if path in self._tree:
                self._tree.change(path, CHARACTERISTIC, {"Value": octets(bytes(value))})

        return tell

    def withdraw(self) -> None:
        """The objects go with the link."""
        for path in self._tree.below(self._path):
            self._tree.remove(path)
