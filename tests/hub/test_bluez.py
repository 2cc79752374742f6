"""The hub over bleak's own BlueZ backend: a meter with a PIN is paired once at the terminal, and read by the hub that
runs afterwards without anybody there."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firmware_mocks.lives import rising_mornings
from firmware_mocks.peripheral import WallClock
from tests.bluez.house import PIN
from tests.hub.household import Household
from tests.hub.test_command import AtHome, wait_until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def near(system_bus: str) -> Iterator[dict[str, Any]]:
    """A meter that wants its PIN, behind the stand-in for bluetoothd on a bus of its own."""
    line = [sys.executable, "-m", "firmware_mocks.bluez", "--device", "accu-chek"]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())
    process.terminate()
    process.wait(10)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    home = Household(tmp_path)
    home.house.clock.instant = datetime.now(UTC)
    with home.service():
        yield home


@pytest.mark.slow
def test_a_meter_with_a_pin_is_paired_once_and_read_by_the_hub_alone(
    home: Household, near: dict[str, Any], tmp_path: Path
) -> None:
    terminal = AtHome(home, tmp_path / "hub", "", DBUS_SYSTEM_BUS_ADDRESS=near["bus"])
    wrong = terminal.type("add-device", near["accu-chek"], typed="111111\n")
    right = terminal.type("add-device", near["accu-chek"], typed=PIN + "\n")
    terminal.type("pair", terminal.code(), "--server", home.url)
    first_read = terminal.status()["devices"][0]["last_read_at"]

    hub = terminal.start()
    wait_until(lambda: terminal.status()["devices"][0]["last_read_at"] != first_read)
    wait_until(lambda: terminal.status()["sending"] == "up to date" and terminal.status()["waiting"] == 0)
    hub.send_signal(signal.SIGTERM)

    assert hub.wait(15) == 0
    assert (wrong.returncode, wrong.stderr.count("did not pair")) == (1, 1)
    assert right.returncode == 0, right.stderr
    assert len(home.values()) == len(rising_mornings(WallClock().now()).glucose)
