"""`companion devices` with virtual devices in a process of their own, one of which sleeps."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from companion.cli import companion
from companion.db import make_engine
from companion.migrations import upgrade
from firmware_mocks.lives import rising_mornings
from firmware_mocks.peripheral import WallClock

ROOT = Path(__file__).parents[2]


@contextmanager
def awake(*names: str, fault: str = "") -> Iterator[dict[str, Any]]:
    """The devices of those names can be heard; gives their addresses and the port of their air."""
    chosen = [part for name in names for part in ("--device", name)] + (["--fault", fault] if fault else [])
    command = [sys.executable, "-m", "firmware_mocks", *chosen]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout
    yield json.loads(process.stdout.readline())
    process.terminate()
    process.wait(timeout=10)


class Home:
    """A database, and one patient."""

    def __init__(self, folder: Path) -> None:
        url = f"sqlite:///{folder}/companion.db"
        upgrade(make_engine(url))
        self.environment = {"COMPANION_DATABASE_URL": url, "COMPANION_SECRET_KEY": "k" * 40}
        told = self.run({}, "people", "add", "--role", "patient", "--name", "Anna", "--birth", "1955-03-02", "--json")
        self.patient: str = json.loads(told.stdout)["id"]

    def run(self, air: dict[str, Any], *arguments: str) -> Result:
        backend = f"firmware_mocks.bleak_backend:tcp-client:127.0.0.1:{air['tcp']}" if air else ""
        environment = self.environment | {"COMPANION_BLUETOOTH_BACKEND": backend}
        return CliRunner().invoke(companion, arguments, env=environment)

    def download(self, air: dict[str, Any]) -> Result:
        return self.run(air, "devices", "download", "--patient", self.patient, "--json")


def test_a_device_that_sleeps_keeps_nobody_from_the_others(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with awake("contour-next", "taidoc-fora") as air:
        for name in ("taidoc-fora", "contour-next"):
            home.run(air, "devices", "pair", air[name], "--patient", home.patient)

    with awake("contour-next") as alone:
        result = home.download(alone)

    (told,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert (told["new"], told["complete"], result.exit_code) == (0, True, 1)
    assert "is not heard" in str(result.exception)


def test_a_link_that_is_lost_while_a_device_is_paired_costs_no_record(tmp_path: Path) -> None:
    home = Home(tmp_path)
    before = WallClock().now()
    with awake("meter", fault="link-loss") as air:
        remembered = {len(rising_mornings(at).glucose) for at in (before, WallClock().now())}
        paired = home.run(air, "devices", "pair", air["meter"], "--patient", home.patient)
        result = home.download(air)

    told = json.loads(result.stdout)
    assert (paired.exit_code, result.exit_code) == (0, 0)
    assert any(f": {count} new readings" in paired.output for count in remembered)
    assert (told["new"], told["complete"], told["sentence"]) == (0, True, "")
