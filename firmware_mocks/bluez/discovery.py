"""Scanning: any number of clients share the one scan of the adapter, each with a filter of its own."""

import asyncio

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from firmware_mocks.bleak_backend import BumbleBackend
from firmware_mocks.bluez.devices import Devices
from firmware_mocks.bluez.errors import bluez_error


class Discovery:
    """A client is known by its connection to the bus.

    `answered_after` in seconds: a device can be heard before a client is told that its scan has begun.
    """

    def __init__(self, backend: BumbleBackend, devices: Devices) -> None:
        self._devices = devices
        self.answered_after = 0.0
        self._scanner = backend.Scanner(self._on_advertisement, None, "active")
        # The services each client wants to hear of; None: everything.
        self._filters: dict[str, list[str] | None] = {}
        self._scanning: dict[str, list[str] | None] = {}

    @property
    def is_on(self) -> bool:
        return bool(self._scanning)

    def set_filter(self, client: str, services: list[str] | None) -> None:
        self._filters[client] = services

    async def start(self, client: str) -> None:
        if client in self._scanning:
            raise bluez_error("InProgress", "Operation already in progress")
        self._devices.hear_anew()
        self._scanning[client] = self._filters.get(client)
        if len(self._scanning) == 1:
            await self._scanner.start()
        await asyncio.sleep(self.answered_after)

    async def stop(self, client: str) -> None:
        if client not in self._scanning:
            raise bluez_error("Failed", "No discovery started")
        del self._scanning[client]
        if not self._scanning:
            await self._scanner.stop()
            self._devices.hear_nothing()

    async def drop(self, client: str) -> None:
        """Its connection is gone."""
        self._filters.pop(client, None)
        if client in self._scanning:
            await self.stop(client)

    def _on_advertisement(self, device: BLEDevice, heard: AdvertisementData) -> None:
        services = set(heard.service_uuids)
        if any(wanted is None or services & set(wanted) for wanted in self._scanning.values()):
            self._devices.hear(device, heard)
