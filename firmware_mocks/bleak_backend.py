"""A backend for bleak whose radio is a bumble host on the virtual air.

    backend = open_backend("tcp-client:127.0.0.1:9000?keystore=var/bonds.json")
    BleakScanner(backend=backend.Scanner)
    BleakClient(device, backend=backend.Client)

It behaves as bleak does on Linux: a bonded device is encrypted as soon as it is connected, all services are
resolved before `connect` returns, an operation that lacks security raises it once and is tried again, a refused
pairing is `org.bluez.Error.AuthenticationFailed`, and a lost link is a BleakError.
"""

import asyncio
import hashlib
import secrets
from contextlib import suppress
from pathlib import Path

from bumble import hci
from bumble.device import Device, DeviceConfiguration
from bumble.host import Host
from bumble.keys import JsonKeyStore, MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport
from bumble.transport.common import Transport, TransportLostError

from firmware_mocks.bleak_client import VirtualClient
from firmware_mocks.bleak_scanner import VirtualScanner


def open_backend(spec: str) -> "BumbleBackend":
    """From text such as a setting holds: a bumble transport, then optionally `?keystore=` and a file, and `passkey=`
    and what a person would type for a device that shows one.

    Nothing is opened before it is used.
    """
    transport, _, query = spec.partition("?")
    options = dict(option.split("=", 1) for option in query.split("&") if option)
    return BumbleBackend(
        transport,
        keystore=Path(options["keystore"]) if "keystore" in options else None,
        passkey=int(options["passkey"]) if "passkey" in options else None,
    )


def own_address(keystore: Path | None) -> str:
    """A random static address of this central's own: the same whenever it comes back to its bonds, for devices know
    it by that."""
    octets = hashlib.sha256(str(keystore.resolve()).encode()).digest() if keystore else secrets.token_bytes(6)
    return ":".join(f"{octet:02X}" for octet in (octets[0] | 0xC0, *octets[1:6]))


class BumbleBackend:
    """One central. `Scanner` and `Client` are what bleak takes as `backend=`."""

    def __init__(
        self,
        transport: str = "",
        *,
        host: Host | None = None,
        keystore: Path | None = None,
        passkey: int | None = None,
    ) -> None:
        """`transport` is a bumble transport ("tcp-client:127.0.0.1:9000", "unix:/run/air.sock"); `host` one in
        this process instead. `keystore` keeps the bonds; without it they are forgotten with the backend. `passkey`
        is typed when a device asks for one; without it such a device does not pair."""
        self.address = own_address(keystore)
        self._passkey = passkey
        self._transport_name = transport
        self._host = host
        self._keystore = keystore
        self._transport: Transport | None = None
        self._device: Device | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opening = asyncio.Lock()
        self.connecting = asyncio.Lock()
        """Bumble has one pending connection at a time."""
        self._scanners: set[VirtualScanner] = set()
        # Bleak takes a class, and makes the object itself: the classes are bound to this central.
        self.Scanner = type("BoundScanner", (VirtualScanner,), {"central": self})
        self.Client = type("BoundClient", (VirtualClient,), {"central": self})

    async def device(self) -> Device:
        """The bumble device, switched on."""
        async with self._opening:
            if self._device is None or not self._is_alive():
                self._loop = asyncio.get_running_loop()
                self._scanners.clear()
                self._device = await self._open()
            return self._device

    def _is_alive(self) -> bool:
        """A transport belongs to the loop that opened it, and ends when the other side does."""
        ended = self._transport is not None and self._transport.source.terminated.done()
        return self._loop is asyncio.get_running_loop() and not ended

    async def _open(self) -> Device:
        config = DeviceConfiguration(name="companion", address=hci.Address(self.address))
        if self._host:
            device = Device(config=config, host=self._host)
        else:
            self._transport = await open_transport(self._transport_name)
            device = Device.from_config_with_hci(config, self._transport.source, self._transport.sink)
        device.keystore = JsonKeyStore(self.address, str(self._keystore)) if self._keystore else MemoryKeyStore()
        device.pairing_config_factory = lambda _: PairingConfig(
            sc=True, mitm=self._passkey is not None, bonding=True, delegate=_Typist(self._passkey)
        )
        await device.power_on()
        return device

    async def close(self) -> None:
        """Switches the radio off. It opens again when it is used again."""
        if self._device and self._is_alive():
            with suppress(TransportLostError):
                await self._device.power_off()
            if self._transport:
                await self._transport.close()
        self._device = self._transport = None

    async def add(self, scanner: "VirtualScanner") -> None:
        """Any number of scanners share the one scan of the radio."""
        device = await self.device()
        device.on("advertisement", scanner.on_advertisement)
        self._scanners.add(scanner)
        if len(self._scanners) == 1:
            await device.start_scanning(filter_duplicates=False)

    async def remove(self, scanner: "VirtualScanner") -> None:
        if scanner not in self._scanners:
            return
        device = await self.device()
        self._scanners.discard(scanner)
        device.remove_listener("advertisement", scanner.on_advertisement)
        if not self._scanners:
            await device.stop_scanning()


class _Typist(PairingDelegate):
    """Types the passkey, if there is one to type."""

    def __init__(self, passkey: int | None) -> None:
        super().__init__(self.NO_OUTPUT_NO_INPUT if passkey is None else self.KEYBOARD_INPUT_ONLY)
        self._passkey = passkey

    async def get_number(self) -> int | None:
        return self._passkey
