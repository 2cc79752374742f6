"""`python -m firmware_mocks.bluez`: a virtual meter and a virtual cuff behind a stand-in for bluetoothd.

Prints one line of JSON when they can be reached, `{"bus": address, "meter": address, "cuff": address}`, and goes on
until it is terminated. Whoever is given the bus address as DBUS_SYSTEM_BUS_ADDRESS finds the devices with the
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
from firmware_mocks.bp_cuff import BloodPressureCuff
from firmware_mocks.glucose_meter import GlucoseMeter
from firmware_mocks.lives import LIVES
from firmware_mocks.peripheral import WallClock
from firmware_mocks.pin import demand_pin


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m firmware_mocks.bluez", description=__doc__)
    parser.add_argument("--life", choices=LIVES, default="rising_mornings", help="what the devices remember")
    parser.add_argument("--pin", type=int, help="the meter pairs only with who types this number")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace, bus_address: str) -> None:
    stopped = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stopped.set)
    air = Air()
    life = LIVES[arguments.life](WallClock().now())
    meter, cuff = GlucoseMeter(air, life.glucose), BloodPressureCuff(air, life.blood_pressure)
    if arguments.pin is not None:
        demand_pin(meter, arguments.pin)
    await meter.start()
    await cuff.start()
    host, _ = air.new_host("bluetoothd")
    await Bluetoothd(BumbleBackend(host=host), bus_address).start()
    print(json.dumps({"bus": bus_address, "meter": meter.address, "cuff": cuff.address}), flush=True)
    await stopped.wait()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, private_bus(Path(folder)) as address:
        asyncio.run(_run(_arguments(), address))
