"""`python -m firmware_mocks`: a virtual meter and a virtual cuff, or other devices by name, in a process of their own.

Prints one line of JSON when they can be reached, `{"tcp": port, "unix": path or null, "<name>": address, …}`, and
goes on until it is terminated. A client is `firmware_mocks.bleak_backend`.
"""

import argparse
import asyncio
import json
import signal
from datetime import datetime
from pathlib import Path

from firmware_mocks.air import Air, HciServer
from firmware_mocks.faults import NAMED, named
from firmware_mocks.lives import LIVES
from firmware_mocks.models import MODELS, make
from firmware_mocks.peripheral import Peripheral, WallClock

USUAL = ("meter", "cuff")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m firmware_mocks", description="Virtual meters, cuffs and a sensor.")
    parser.add_argument("--device", choices=MODELS, action="append", help="may be repeated; a meter and a cuff if not")
    parser.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1; 0 lets the system choose")
    parser.add_argument("--unix", metavar="PATH", help="also listen on a unix socket")
    parser.add_argument("--fault", choices=NAMED, help="what is wrong with each of them")
    parser.add_argument("--life", choices=LIVES, default="rising_mornings", help="what the devices remember")
    parser.add_argument(
        "--end",
        type=_local_time,
        metavar="LOCAL",
        help="what the devices' clocks show at the start, like 2026-03-01T09:00 (default: this computer's)",
    )
    parser.add_argument("--keystore-dir", type=Path, metavar="DIR", help="remember pairings here when restarted")
    return parser.parse_args()


def _local_time(text: str) -> datetime:
    local = datetime.fromisoformat(text)
    if local.tzinfo:
        raise ValueError("a device's clock has no zone")
    return local


async def _run(arguments: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stopped.set)
    air = Air()
    devices = _devices(air, arguments)
    for device in devices.values():
        await device.start()
    server = HciServer(air)
    port = await server.listen_tcp(arguments.port)
    if arguments.unix:
        await server.listen_unix(arguments.unix)
    addresses = {name: device.address for name, device in devices.items()}
    ready = {"tcp": port, "unix": arguments.unix, **addresses}
    print(json.dumps(ready), flush=True)
    await stopped.wait()
    await server.close()


def _devices(air: Air, arguments: argparse.Namespace) -> dict[str, Peripheral]:
    directory: Path | None = arguments.keystore_dir
    if directory:
        directory.mkdir(parents=True, exist_ok=True)
    clock, life = WallClock(arguments.end), LIVES[arguments.life]
    return {
        name: make(name, air, life, clock, directory, named(arguments.fault) if arguments.fault else None)
        for name in arguments.device or USUAL
    }


if __name__ == "__main__":
    asyncio.run(_run(_arguments()))
