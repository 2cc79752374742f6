"""`companion devices check` over the virtual air, where no BlueZ is: another backend, no agent, nobody's hands."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from companion.cli import companion

ROOT = Path(__file__).parents[2]


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The virtual meter and cuff, as the demo starts them."""
    command = [sys.executable, "-m", "firmware_mocks", "--unix", str(tmp_path / "air.sock")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout
    yield json.loads(process.stdout.readline())
    process.terminate()
    process.wait(timeout=10)


@pytest.mark.parametrize("kind", ["meter", "cuff"])
def test_what_needs_no_hands_is_tried_and_passes(devices: dict[str, Any], tmp_path: Path, kind: str) -> None:
    environment = {
        "COMPANION_BLUETOOTH_BACKEND": f"firmware_mocks.bleak_backend:unix:{devices['unix']}",
        "COMPANION_SECRET_KEY": "k" * 40,
    }
    report = ["--report", str(tmp_path / "report"), "--json"]

    result = CliRunner().invoke(
        companion,
        ["devices", "check", "--address", devices[kind], "--throw-away", "--unattended", "--seconds", "1", *report],
        env=environment,
    )

    told = json.loads(result.stdout)
    states = {step["step"]: step["state"] for step in told["steps"]}
    assert result.exit_code == 0, told
    assert (told["failed"], told["device"]["kind"]) == (0, kind)
    assert {states[name] for name in ("adapter", "scan", "pair", "bond", "read", "identity", "clock")} == {"passed"}
    assert told["machine"]["radio"] == "firmware_mocks.bleak_backend"
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == told
