"""`python -m firmware_mocks.bluez`: virtual devices behind a stand-in for bluetoothd.

Prints one line of JSON when they can be reached, `{"bus": address, …}` with each device's name and address, and goes
on until it is terminated. Whoever is given the bus address as DBUS_SYSTEM_BUS_ADDRESS finds the devices with the
unmodified BlueZ backend of bleak.
"""

import argparse
import asyncio
import json
import signal
import tempfile
from pathlib import Path

from firmware_mocks.air import Air
from firmware_mocks.bleak_backend import BumbleBackend
from firmware_mocks.bluez.bus import private_bus
from firmware_mocks.bluez.daemon import Bluetoothd
from firmware_mocks.lives import LIVES
from firmware_mocks.models import MODELS, make
from firmware_mocks.peripheral import WallClock

USUAL = ("meter", "cuff")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m firmware_mocks.bluez", description="Virtual devices behind BlueZ.")
    parser.add_argument("--device", choices=MODELS, action="append", help="may be repeated; a meter and a cuff if not")
    parser.add_argument("--life", choices=LIVES, default="rising_mornings", help="what the devices remember")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace, bus_address: str) -> None:
    stopped = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stopped.set)
    air, clock, life = Air(), WallClock(), LIVES[arguments.life]
    devices = {name: make(name, air, life, clock, None) for name in arguments.device or USUAL}
    for device in devices.values():
        await device.start()
    host, _ = air.new_host("bluetoothd")
    await Bluetoothd(BumbleBackend(host=host), bus_address).start()
    addresses = {name: device.address for name, device in devices.items()}
    print(json.dumps({"bus": bus_address, **addresses}), flush=True)
    await stopped.wait()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, private_bus(Path(folder)) as address:
        asyncio.run(_run(_arguments(), address))
