"""The radio by way of bleak: BlueZ, Windows and macOS, or another backend that is handed in."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext, suppress
from typing import Any, Protocol

from bleak import BleakClient, BleakScanner
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from companion.devices.profiles.assigned_numbers import full_uuid, short_uuid
from companion.devices.radio import bluez_errors
from companion.devices.radio.link import (
    NEARER,
    DeviceError,
    DeviceUnreachable,
    Found,
    Link,
    OperationRefused,
    SessionBroken,
    anyone,
)
from companion.devices.radio.pairing import PairingAgent


class Backend(Protocol):
    """Another radio than the computer's own, for bleak to work with."""

    Scanner: type[BaseBleakScanner]
    Client: type[BaseBleakClient]

    async def close(self) -> None: ...


class BleakRadio:
    """See `companion.devices.radio.link.Radio`."""

    def __init__(self, backend: Backend | None = None, agent: PairingAgent | None = None) -> None:
        """Without a backend bleak chooses the one of the operating system. Without an agent only devices pair that
        ask for no number, or the operating system asks for it."""
        self._backend = backend
        self._agent = agent
        # A device that was seen can be connected to at once; one that is only an address is scanned for first.
        self._seen: dict[str, BLEDevice] = {}

    async def scan(self, service_uuids: Sequence[str], seconds: float) -> list[Found]:
        with _radio_on():
            async with self._scanner(service_uuids) as scanner:
                await asyncio.sleep(seconds)
        heard = scanner.discovered_devices_and_advertisement_data.values()
        found = [self._note(device, advertisement) for device, advertisement in heard]
        return sorted(found, key=lambda device: -device.rssi)

    async def find(
        self, service_uuids: Sequence[str], seconds: float, wanted: Callable[[Found], bool] = anyone
    ) -> Found | None:
        # Listening from the start: a device may be heard before bleak says that the scan has begun, and some
        # devices call once and sleep again.
        heard: asyncio.Queue[tuple[BLEDevice, AdvertisementData]] = asyncio.Queue()
        with _radio_on():
            async with self._scanner(service_uuids, lambda device, said: heard.put_nowait((device, said))):
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        while True:
                            found = self._note(*await heard.get())
                            if wanted(found):
                                return found
        return None

    def _scanner(
        self,
        service_uuids: Sequence[str],
        heard: Callable[[BLEDevice, AdvertisementData], None] | None = None,
    ) -> BleakScanner:
        return BleakScanner(
            heard,
            service_uuids=[_full(uuid) for uuid in service_uuids],
            backend=self._backend.Scanner if self._backend else None,
        )

    def _note(self, device: BLEDevice, advertisement: AdvertisementData) -> Found:
        self._seen[device.address] = device
        services = tuple(short_uuid(uuid) for uuid in advertisement.service_uuids)
        return Found(device.address, device.name or "", services, advertisement.rssi)

    @asynccontextmanager
    async def connect(self, address: str, *, pair: bool = True, seconds: float = 30.0) -> AsyncIterator[Link]:
        disconnected = asyncio.Event()
        client = self._client(address, seconds, pair=pair, disconnected_callback=lambda _: disconnected.set())
        # As long as the link lasts: many devices ask to be paired with only when a value is read.
        async with self._expecting(address):
            try:
                await client.connect()
            except (BleakError, TimeoutError, OSError, EOFError) as error:
                # The system may have forgotten what was seen: the next time it is looked for anew.
                self._seen.pop(address, None)
                raise _not_connected(error, address) from error
            try:
                yield BleakLink(client, disconnected)
            finally:
                # A device that hung up first, or a radio that was pulled out: the link is closed either way.
                with suppress(BleakError, TimeoutError, EOFError):
                    await client.disconnect()

    def _expecting(self, address: str) -> AbstractAsyncContextManager[None]:
        return self._agent.expecting(address) if self._agent else nullcontext()

    async def forget(self, address: str) -> None:
        with _radio_on(), suppress(BleakDeviceNotFoundError):  # not known: what is wanted is so already
            await self._client(address).unpair()
        self._seen.pop(address, None)

    def _client(self, address: str, seconds: float = 30.0, **options: Any) -> BleakClient:
        return BleakClient(
            self._seen.get(address, address),
            timeout=seconds,
            backend=self._backend.Client if self._backend else None,
            **options,
        )

    async def close(self) -> None:
        if self._backend:
            await self._backend.close()


class BleakLink:
    """See `companion.devices.radio.link.Link`."""

    def __init__(self, client: BleakClient, disconnected: asyncio.Event) -> None:
        self.address = client.address
        self.disconnected = disconnected
        self._client = client
        # The first of each: bleak refuses to choose where two services have the same characteristic.
        self._characteristics: dict[str, BleakGATTCharacteristic] = {}
        for characteristic in client.services.characteristics.values():
            self._characteristics.setdefault(characteristic.uuid.lower(), characteristic)

    @property
    def mtu(self) -> int:
        return self._client.mtu_size

    def has(self, uuid: str) -> bool:
        return _full(uuid) in self._characteristics

    async def read(self, uuid: str) -> bytes:
        with self._told(uuid) as characteristic:
            return bytes(await self._client.read_gatt_char(characteristic))

    async def write(self, uuid: str, value: bytes) -> None:
        with self._told(uuid) as characteristic:
            await self._client.write_gatt_char(characteristic, value, response=True)

    async def subscribe(self, uuid: str, callback: Callable[[bytes], None]) -> None:
        with self._told(uuid) as characteristic:
            await self._client.start_notify(characteristic, lambda _, value: callback(bytes(value)))

    @contextmanager
    def _told(self, uuid: str) -> Iterator[BleakGATTCharacteristic]:
        """The characteristic; what bleak raises meanwhile is told as what it means to a download."""
        if not self.has(uuid):
            raise OperationRefused(
                f"there is no characteristic {uuid}",
                where=self.address,
                advice="the device is of another kind, or not supported",
                code=None,
            )
        try:
            yield self._characteristics[_full(uuid)]
        except (BleakError, TimeoutError, EOFError) as error:
            raise self._not_done(error, uuid) from error

    def _not_done(self, error: Exception, uuid: str) -> DeviceError:
        if isinstance(error, BleakGATTProtocolError):
            return bluez_errors.refused(uuid, str(error), int(error.code), self.address)
        if not self._client.is_connected or isinstance(error, (TimeoutError, EOFError)):
            return SessionBroken(f"the link was lost: {error}", where=self.address, advice=NEARER)
        if isinstance(error, BleakDBusError):
            return bluez_errors.while_linked(error.dbus_error, error.dbus_error_details or "", uuid, self.address)
        return bluez_errors.refused(uuid, str(error), None, self.address)


def _full(uuid: str) -> str:
    return full_uuid(uuid.lower()) if len(uuid) == 4 else uuid.lower()


@contextmanager
def _radio_on() -> Iterator[None]:
    try:
        yield
    except BleakDBusError as error:
        raise bluez_errors.of_the_radio(error.dbus_error, error.dbus_error_details or "") from error
    except BleakBluetoothNotAvailableError as error:
        raise bluez_errors.of_the_radio("", error.args[0]) from error
    except (BleakError, OSError, EOFError) as error:
        raise bluez_errors.of_the_radio("", str(error)) from error


def _not_connected(error: Exception, address: str) -> DeviceError:
    if isinstance(error, BleakDBusError):
        return bluez_errors.while_connecting(error.dbus_error, error.dbus_error_details or "", address)
    if isinstance(error, BleakBluetoothNotAvailableError):
        return bluez_errors.of_the_radio("", error.args[0])
    if isinstance(error, BleakDeviceNotFoundError):
        what = "no such device is near"
    else:
        what = f"no link: {str(error) or 'it took too long'}"
    return DeviceUnreachable(what, where=address, advice=bluez_errors.WAKE_IT)
