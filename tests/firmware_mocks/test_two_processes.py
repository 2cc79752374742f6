"""The virtual devices in a process of their own, as the demo runs them, and clients that come and go."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.download import download
from companion.devices.radio.selection import Mark
from companion.devices.radio.session import Order, Session
from firmware_mocks.bleak_backend import open_backend
from firmware_mocks.lives import rising_mornings
from tests.devices.air import measurements, now, play

ROOT = Path(__file__).parents[2]
END = "2026-03-15T09:00"
LIFE = rising_mornings(datetime.fromisoformat(END))


class Devices:
    """The running process, and what it said when it was ready."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "firmware_mocks", "--life", "rising_mornings", "--end", END, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self.process.stdout
        self.ready: dict[str, Any] = json.loads(self.process.stdout.readline())

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=10)


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[Devices]:
    running = Devices("--unix", str(tmp_path / "air.sock"), "--keystore-dir", str(tmp_path / "bonds"))
    yield running
    if running.process.poll() is None:
        running.terminate()


async def read_both(spec: str, ready: dict[str, Any], after: Mark | None = None) -> list[Session]:
    """A client from its start to its end: both devices are read over one radio."""
    radio = BleakRadio(open_backend(spec))
    found = {device.address for device in await radio.scan(["1808", "1810"], seconds=0.3)}
    assert found == {ready["meter"], ready["cuff"]}
    async with radio.connect(ready["meter"], seconds=10) as link:
        glucose = await download(link, Order(now, after, idle_s=5))
    async with radio.connect(ready["cuff"], seconds=10) as link:
        pressures = await download(link, Order(now, quiet_s=1))
    await radio.close()
    return [glucose, pressures]


def test_meter_and_cuff_are_read_over_tcp(devices: Devices) -> None:
    glucose, pressures = play(read_both(f"tcp-client:127.0.0.1:{devices.ready['tcp']}", devices.ready))

    assert measurements(glucose) == [record.encode() for record in LIFE.glucose]
    assert [payload.raw for payload in pressures.payloads] == [r.encode() for r in LIFE.blood_pressure]
    assert (glucose.complete, glucose.anomalies) == (True, ())
    assert (pressures.complete, pressures.anomalies) == (True, ())


def test_the_clocks_go_on_from_the_given_time(devices: Devices) -> None:
    glucose, _ = play(read_both(f"unix:{devices.ready['unix']}", devices.ready))

    assert glucose.clock is not None
    assert glucose.clock.device_time is not None
    assert 0 <= (glucose.clock.device_time - datetime.fromisoformat(END)).total_seconds() < 60


def test_a_client_that_starts_again_with_its_bonds_reads_what_is_new(devices: Devices, tmp_path: Path) -> None:
    bonds = tmp_path / "companion.json"
    spec = f"unix:{devices.ready['unix']}?keystore={bonds}"

    play(read_both(spec, devices.ready))
    made = bonds.read_bytes()
    glucose, _ = play(read_both(spec, devices.ready, Mark(LIFE.glucose[-2].sequence)))

    assert measurements(glucose) == [record.encode() for record in LIFE.glucose[-2:]]
    assert bonds.read_bytes() == made


def test_devices_that_are_started_again_remember_their_bonds(tmp_path: Path) -> None:
    bonds, air = tmp_path / "companion.json", tmp_path / "air.sock"
    sessions = []

    for _ in range(2):
        running = Devices("--unix", str(air), "--keystore-dir", str(tmp_path / "bonds"))
        sessions.append(play(read_both(f"unix:{air}?keystore={bonds}", running.ready)))
        stopped_with = running.terminate()

    assert stopped_with == 0
    assert [session.complete for both in sessions for session in both] == [True] * 4


DYING_CLIENT = """
import asyncio, os, sys
from companion.devices.radio.bleak_radio import BleakRadio
from firmware_mocks.bleak_backend import open_backend

async def die_connected(spec, meter):
    async with BleakRadio(open_backend(spec)).connect(meter, seconds=10):
        os._exit(9)

asyncio.run(die_connected(*sys.argv[1:]))
"""


def test_a_client_that_dies_leaves_the_devices_free_for_the_next(devices: Devices) -> None:
    spec = f"unix:{devices.ready['unix']}"
    died = subprocess.run([sys.executable, "-c", DYING_CLIENT, spec, devices.ready["meter"]], cwd=ROOT, check=False)

    glucose, _ = play(read_both(spec, devices.ready))

    assert died.returncode == 9
    assert glucose.complete


def test_a_radio_that_was_closed_opens_again_in_another_loop(devices: Devices) -> None:
    radio = BleakRadio(open_backend(f"unix:{devices.ready['unix']}"))

    async def look() -> int:
        found = await radio.scan(["1808", "1810"], seconds=0.3)
        await radio.close()
        return len(found)

    assert [play(look()), play(look())] == [2, 2]


def test_a_radio_finds_devices_again_that_were_started_again(tmp_path: Path) -> None:
    air = tmp_path / "air.sock"
    radio = BleakRadio(open_backend(f"unix:{air}"))

    async def story() -> list[int]:
        found = []
        for _ in range(2):
            running = Devices("--unix", str(air))
            found.append(len(await radio.scan(["1808", "1810"], seconds=0.3)))
            await asyncio.to_thread(running.terminate)
        await radio.close()
        return found

    assert play(story()) == [2, 2]


def test_it_ends_cleanly_when_terminated(devices: Devices) -> None:
    assert devices.terminate() == 0


def test_other_devices_are_served_by_name() -> None:
    running = Devices("--device", "contour-next", "--device", "sensor")
    spec = f"tcp-client:127.0.0.1:{running.ready['tcp']}"

    async def look() -> set[str]:
        radio = BleakRadio(open_backend(spec))
        found = await radio.scan(["1808", "181f"], seconds=0.3)
        await radio.close()
        return {device.address for device in found}

    assert play(look()) == {running.ready["contour-next"], running.ready["sensor"]}
    assert running.terminate() == 0


def test_a_clock_with_a_zone_is_wrong_usage() -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "firmware_mocks", "--end", "2026-03-15T09:00Z"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    assert refused.returncode == 2
    assert "--end" in refused.stderr
