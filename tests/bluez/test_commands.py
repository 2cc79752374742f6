"""`companion devices` on a Linux computer: no other backend, a meter that wants its PIN, a cuff, a real database."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from companion.cli import companion
from companion.clock import system_clock
from companion.db import make_engine
from companion.migrations import upgrade
from companion.readings.reading import Metric
from companion.readings.sql_store import SqlReadingStore
from firmware_mocks.lives import rising_mornings
from firmware_mocks.peripheral import WallClock
from tests.bluez.house import PIN

ROOT = Path(__file__).parents[2]


@pytest.fixture
def devices(system_bus: str) -> Iterator[dict[str, Any]]:
    """A meter and a cuff in a process of their own, behind the stand-in on a bus of its own."""
    assert shutil.which("dbus-daemon"), system_bus
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware_mocks.bluez", "--device", "accu-chek", "--device", "cuff"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout
    yield json.loads(process.stdout.readline())
    process.terminate()
    process.wait(timeout=10)


class Home:
    """A computer with a database of its own."""

    def __init__(self, folder: Path, bus: str) -> None:
        self.folder = folder
        url = f"sqlite:///{folder}/companion.db"
        self.engine = make_engine(url)
        upgrade(self.engine)
        self.environment = {
            "COMPANION_DATABASE_URL": url,
            "COMPANION_SECRET_KEY": "k" * 40,
            "DBUS_SYSTEM_BUS_ADDRESS": bus,
        }
        told = self.run("people", "add", "--role", "patient", "--name", "王秀英", "--birth", "1955-03-02", "--json")
        self.patient: str = json.loads(told.stdout)["id"]

    def run(self, *arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(companion, arguments, input=typed, env=self.environment)

    def stored(self, metric: Metric) -> int:
        far, now = timedelta(days=60), system_clock()
        return len(SqlReadingStore(self.engine).between(self.patient, metric, now - far, now + far))


@pytest.fixture
def home(tmp_path: Path, devices: dict[str, Any]) -> Home:
    return Home(tmp_path, devices["bus"])


def test_a_meter_and_a_cuff_are_found_paired_and_read_and_every_record_is_stored_once(
    home: Home, devices: dict[str, Any]
) -> None:
    found = home.run("devices", "scan", "--seconds", "0.5", "--json")
    meter = home.run("devices", "pair", devices["accu-chek"], "--patient", home.patient, typed=PIN + "\n")
    cuff = home.run("devices", "pair", devices["cuff"], "--patient", home.patient)
    again = home.run("devices", "download", "--patient", home.patient, "--all", "--json")

    assert {json.loads(line)["kind"] for line in found.stdout.splitlines()} == {"meter", "cuff"}
    assert (meter.exit_code, cuff.exit_code, again.exit_code) == (0, 0, 0), meter.output + cuff.output + again.output
    assert "wants its PIN" in meter.stderr
    assert "wants its PIN" not in cuff.stderr
    assert [json.loads(line)["new"] for line in again.stdout.splitlines()] == [0, 0]
    remembered = rising_mornings(WallClock().now())
    assert home.stored(Metric.GLUCOSE) == len(remembered.glucose)
    assert home.stored(Metric.BLOOD_PRESSURE) == len(remembered.blood_pressure)


@pytest.mark.parametrize("typed", ["111111\n", ""], ids=["wrong", "nobody types"])
def test_a_wrong_pin_or_none_pairs_nothing_and_stores_nothing(home: Home, devices: dict[str, Any], typed: str) -> None:
    refused = home.run("devices", "pair", devices["accu-chek"], "--patient", home.patient, typed=typed)

    assert refused.exit_code == 1
    assert "did not pair" in str(refused.exception)
    assert home.stored(Metric.GLUCOSE) == 0


def test_the_check_list_is_walked_through_and_its_report_written(home: Home, devices: dict[str, Any]) -> None:
    report = home.folder / "report"
    # The PIN, when it pairs; then every question is skipped.
    typed = "\n" + PIN + "\n" + "s\n" * 20
    arguments = [
        "--address",
        devices["accu-chek"],
        "--patient",
        home.patient,
        "--seconds",
        "1",
        "--report",
        str(report),
    ]

    result = home.run("devices", "check", *arguments, typed=typed)

    told = json.loads(report.with_suffix(".json").read_text(encoding="utf-8"))
    states = {step["step"]: step["state"] for step in told["steps"]}
    assert result.exit_code == 0, result.output
    assert {states[name] for name in ("adapter", "scan", "pair", "bond", "read", "count", "again", "after")} == {
        "passed"
    }
    assert {states[name] for name in ("measure", "walk_away", "lost_bond", "unplug")} == {"skipped"}
    assert next(step["facts"]["number_asked"] for step in told["steps"] if step["step"] == "pair") is True
    assert report.with_suffix(".txt").read_text(encoding="utf-8") == result.stdout
    assert home.stored(Metric.GLUCOSE) == told["steps"][4]["facts"]["new"]


def test_without_anybody_a_meter_with_a_pin_fails_at_the_pairing(home: Home, devices: dict[str, Any]) -> None:
    arguments = ["--address", devices["accu-chek"], "--throw-away", "--unattended", "--seconds", "1", "--json"]

    result = home.run("devices", "check", *arguments, "--report", str(home.folder / "report"))

    failed = [step["step"] for step in json.loads(result.stdout)["steps"] if step["state"] == "failed"]
    assert (result.exit_code, failed) == (1, ["pair"])
    assert home.stored(Metric.GLUCOSE) == 0


@pytest.mark.parametrize("whose", [(), ("--throw-away", "--patient", "somebody")])
def test_somebody_has_to_say_whether_records_may_be_lost(whose: tuple[str, ...]) -> None:
    result = CliRunner().invoke(companion, ["devices", "check", *whose])

    assert result.exit_code == 2
    assert "--throw-away" in result.stderr


def test_a_report_that_cannot_be_written_is_told_in_a_line(home: Home) -> None:
    nowhere = str(home.folder / "missing" / "report")

    result = home.run("devices", "check", "--throw-away", "--unattended", "--seconds", "0.2", "--report", nowhere)

    assert result.exit_code == 1
    assert "--report" in str(result.exception)
