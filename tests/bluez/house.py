"""A computer with BlueZ, and virtual devices near it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.bluez_agent import BluezAgent
from firmware_mocks.air import Air
from firmware_mocks.bleak_backend import BumbleBackend
from firmware_mocks.bluez.daemon import Bluetoothd
from firmware_mocks.builds import ACCU_CHEK
from firmware_mocks.glucose_meter import GlucoseMeter
from tests.devices.air import memory

PIN = f"{ACCU_CHEK.passkey:06d}"


class Knows:
    """An attendant who knows the PIN, or what is taken for it, and remembers what was asked and shown."""

    def __init__(self, pin: str | None, *, says_yes: bool = False) -> None:
        self.pin = pin
        self.says_yes = says_yes
        self.asked: list[str] = []
        self.seen: list[str] = []

    async def passkey(self, address: str) -> str | None:
        self.asked.append(address)
        return self.pin

    async def sees(self, address: str, number: str) -> bool:
        self.seen.append(number)
        return self.says_yes

    async def show(self, address: str, number: str) -> None:
        self.seen.append(number)


@asynccontextmanager
async def bluez(bus: str, air: Air, keystore: Path | None = None) -> AsyncIterator[Bluetoothd]:
    """bluetoothd runs, with an adapter on that air."""
    host, controller = air.new_host("bluetoothd")
    daemon = Bluetoothd(BumbleBackend(host=host, keystore=keystore), bus)
    await daemon.start()
    yield daemon
    await daemon.stop()
    air.unplug(controller)


@asynccontextmanager
async def radio_over(bus: str, air: Air, passkey: int | None = None) -> AsyncIterator[BleakRadio]:
    """The product's radio with bleak's own backend, as on any Linux computer; `passkey` is what its owner types."""
    async with bluez(bus, air):
        radio = BleakRadio(agent=BluezAgent(Knows(None if passkey is None else str(passkey))))
        yield radio
        await radio.close()


async def pin_meter(air: Air) -> GlucoseMeter:
    meter = GlucoseMeter(air, memory(5), build=ACCU_CHEK)
    await meter.start()
    return meter
