"""Clients that die at the worst moment, and the next one that has to live with what they left."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.session import Session
from firmware_mocks.air import Air, HciServer
from firmware_mocks.bleak_backend import BumbleBackend
from firmware_mocks.glucose_meter import GlucoseMeter
from tests.devices.air import fetch_quickly, measurements, memory, play, quick_order

ROOT = Path(__file__).parents[2]

CLIENT = """
import asyncio, os, sys
from pathlib import Path
from datetime import UTC, datetime
from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.download import download
from companion.devices.radio.session import Order
from firmware_mocks.bleak_backend import open_backend

async def read(spec, address, kept, die_after):
    def keep(payload):
        nonlocal die_after
        if payload.characteristic == "2a18":
            with open(kept, "a") as file:
                print(payload.raw.hex(), file=file)
            die_after -= 1
            if not die_after:
                os._exit(9)
    async with BleakRadio(open_backend(spec)).connect(address, seconds=10) as link:
        await download(link, Order(lambda: datetime.now(UTC), keep=keep))

PREPARE
asyncio.run(read(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
"""
DIES_WHILE_WRITING_ITS_BONDS = "os.replace = lambda *_: os._exit(9)"


async def dying_client(meter: GlucoseMeter, keystore: Path, kept: Path, die_after: int, prepare: str = "") -> int:
    """A process of its own on the meter's air. Its exit code."""
    server = HciServer(meter.air)
    spec = f"tcp-client:127.0.0.1:{await server.listen_tcp()}?keystore={keystore}"
    command = [sys.executable, "-c", CLIENT.replace("PREPARE", prepare), spec, meter.address, str(kept), str(die_after)]
    died = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=False)
    await server.close()
    return died.returncode


async def read_all(meter: GlucoseMeter, keystore: Path) -> Session:
    host, _ = meter.air.new_host("next")
    radio = BleakRadio(BumbleBackend(host=host, keystore=keystore))
    session = await fetch_quickly(radio, meter, quick_order(idle_s=2.0, answer_s=2.0))
    await radio.close()
    return session


@pytest.mark.parametrize("die_after", [1, 23])
def test_what_a_client_kept_before_it_died_is_what_the_meter_sent_first(tmp_path: Path, die_after: int) -> None:
    async def story() -> None:
        meter = GlucoseMeter(Air(), memory(40))
        await meter.start()
        kept = tmp_path / "kept"
        code = await dying_client(meter, tmp_path / "bonds.json", kept, die_after)
        session = await read_all(meter, tmp_path / "bonds.json")

        raw = [record.encode() for record in meter.records]
        assert (code, kept.read_text().split()) == (9, [record.hex() for record in raw[:die_after]])
        assert (measurements(session), session.complete, meter.pairings) == (raw, True, 1)

    play(story())


def test_a_client_killed_while_it_writes_its_bonds_pairs_again(tmp_path: Path) -> None:
    async def story() -> None:
        meter = GlucoseMeter(Air(), memory(40))
        await meter.start()
        keystore = tmp_path / "bonds.json"
        code = await dying_client(meter, keystore, tmp_path / "kept", 1, DIES_WHILE_WRITING_ITS_BONDS)
        left_behind = sorted(path.name for path in tmp_path.iterdir())
        session = await read_all(meter, keystore)

        assert (code, left_behind) == (9, ["bonds.json.tmp"])
        assert (len(measurements(session)), session.complete) == (40, True)

    play(story())
