"""`companion hub` as a person types it: paired by a code, devices added, read and sent; every refusal a line."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from companion.db import writing
from companion.devices.models import Hub as HubRow
from companion.hub.token_file import FILE_NAME
from companion.web.door.hub_door import make_code
from firmware_mocks.lives import rising_mornings
from tests.hub.household import Household

ROOT = Path(__file__).parents[2]


class AtHome:
    """A terminal at the small computer."""

    def __init__(self, household: Household, folder: Path, backend: str, **environment: str) -> None:
        self.household, self.folder = household, folder
        settings = {"COMPANION_HUB_FOLDER": str(folder), "COMPANION_BLUETOOTH_BACKEND": backend}
        self._line = [sys.executable, "-m", "companion.cli", "hub"]
        self._environment = os.environ | settings | environment

    def type(self, *arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*self._line, *arguments],
            cwd=ROOT,
            env=self._environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._line, cwd=ROOT, env=self._environment, stderr=subprocess.DEVNULL)

    def code(self) -> str:
        house = self.household.house
        with writing(house.engine) as session:
            return make_code(session, house.anna, house.now)

    def status(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.type("status", "--json").stdout)
        return told


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    home = Household(tmp_path)
    home.house.clock.instant = datetime.now(UTC)
    with home.service():
        yield home


@pytest.fixture
def terminal(home: Household, tmp_path: Path) -> AtHome:
    return AtHome(home, tmp_path / "hub", "no_such_module:nowhere")


@pytest.fixture
def beside_devices(home: Household, tmp_path: Path) -> Iterator[AtHome]:
    """A terminal in a home where a virtual meter and cuff are awake."""
    now = home.local().isoformat(timespec="seconds")
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware_mocks", "--end", now], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    port = json.loads(process.stdout.readline())["tcp"]
    backend = f"firmware_mocks.bleak_backend:tcp-client:127.0.0.1:{port}?keystore={tmp_path / 'bonds.json'}"
    yield AtHome(home, tmp_path / "hub", backend)
    process.terminate()
    process.wait(10)


def wait_until(look: Callable[[], object], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.2)


def test_a_code_makes_a_hub_whose_token_only_its_owner_can_read(terminal: AtHome) -> None:
    told = terminal.type("pair", terminal.code(), "--server", terminal.household.url, "--name", "Kitchen")

    file = terminal.folder / FILE_NAME
    assert (told.returncode, told.stderr) == (0, "")
    assert json.loads(file.read_text("utf-8"))["zone"] == "Europe/Berlin"
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    assert terminal.household.house.only(HubRow).name == "Kitchen"
    assert json.loads(file.read_text("utf-8"))["token"] not in told.stdout


@pytest.mark.parametrize(
    ("server", "says"),
    [
        ("http://care.example.org", "in the clear"),
        ("care.example.org", "is no address"),
        ("https://127.0.0.1:1", "check the address and the network"),
    ],
)
def test_an_address_that_will_not_do_is_refused_in_a_line(terminal: AtHome, server: str, says: str) -> None:
    told = terminal.type("pair", "ABCD-EFGH", "--server", server)

    assert (told.returncode, told.stderr.count("\n")) == (1, 1)
    assert says in told.stderr


def test_a_code_that_opens_nothing_is_refused_in_a_line(terminal: AtHome) -> None:
    told = terminal.type("pair", "ABCD-EFGH", "--server", terminal.household.url)

    assert (told.returncode, told.stderr.count("\n")) == (1, 1)
    assert "get a new code" in told.stderr
    assert not (terminal.folder / FILE_NAME).exists()


def test_a_server_that_is_not_companion_is_told_in_a_line(terminal: AtHome) -> None:
    class Somebody(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(201)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"hello": 1}')

    server = HTTPServer(("127.0.0.1", 0), Somebody)
    Thread(target=server.handle_request, daemon=True).start()

    told = terminal.type("pair", "ABCD-EFGH", "--server", f"http://127.0.0.1:{server.server_port}")

    assert (told.returncode, "does not answer as companion does" in told.stderr) == (1, True)


def test_without_a_device_status_says_what_to_do(terminal: AtHome) -> None:
    told = terminal.type("status")

    assert told.returncode == 0
    assert "companion hub pair CODE" in told.stdout


def test_removing_what_is_not_there_and_a_radio_that_is_none_are_told_in_a_line(terminal: AtHome) -> None:
    told = [terminal.type("remove-device", "AA:BB"), terminal.type("add-device"), terminal.type()]

    assert [(each.returncode, each.stderr.count("\n")) for each in told] == [(1, 1)] * 3


def test_a_damaged_spool_is_told_in_a_line(terminal: AtHome) -> None:
    terminal.folder.mkdir()
    (terminal.folder / "spool.db").write_bytes(b"this is no database, whatever it is called" * 100)

    told = terminal.type("status")

    assert (told.returncode, told.stderr.count("\n")) == (1, 1)


def test_a_spool_of_a_later_version_is_left_alone(terminal: AtHome) -> None:
    terminal.type("status")
    spool = sqlite3.connect(terminal.folder / "spool.db")
    spool.execute("PRAGMA user_version = 9")
    spool.close()

    told = terminal.type("status")

    assert (told.returncode, "is of version 9" in told.stderr) == (1, True)


@pytest.mark.slow
def test_from_the_code_to_readings_at_the_service_and_only_one_hub_in_a_folder(beside_devices: AtHome) -> None:
    home = beside_devices.household
    beside_devices.type("pair", beside_devices.code(), "--server", home.url)
    added = [beside_devices.type("add-device") for _ in range(2)]
    assert [each.returncode for each in added] == [0, 0], added
    hub = beside_devices.start()

    wait_until(lambda: beside_devices.status()["sending"] == "up to date")
    second = beside_devices.type()
    wait_until(lambda: beside_devices.status()["waiting"] == 0)
    hub.send_signal(signal.SIGTERM)

    assert hub.wait(15) == 0
    assert (second.returncode, "already runs" in second.stderr) == (1, True)
    assert len(home.values()) == len(rising_mornings(home.local()).glucose)
    assert [device["kind"] for device in beside_devices.status()["devices"]] == ["meter", "cuff"]
    assert all("values" in each.stdout for each in added)
