"""The hub installs without the service: none of its packages is imported, and none of its pins differs."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^\s;#]+)")

BLOCKED = """
import importlib, json, pkgutil, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED_NAMES:
            raise ImportError(f"the hub imports {name}, which is not installed with it")

BLOCKED_NAMES = set(json.loads(sys.argv[1]))
sys.meta_path.insert(0, Blocked())
import companion.hub
for module in pkgutil.iter_modules(companion.hub.__path__):
    importlib.import_module(f"companion.hub.{module.name}")
sys.argv = ["companion", *json.loads(sys.argv[2])]
from companion.cli import main
main()
"""


def pins(name: str) -> dict[str, str]:
    found = (PIN.match(line) for line in (ROOT / name).read_text("utf-8").splitlines())
    return {pin.group(1).lower().replace("_", "-"): pin.group(2) for pin in found if pin}


def modules_of_the_service_alone() -> list[str]:
    """What `import` calls them: everything the tests' environment has but the hub's own."""
    theirs = pins("requirements-hub.txt")
    return sorted(
        module
        for module, names in packages_distributions().items()
        if not any(name.lower().replace("_", "-") in {*theirs, "companion"} for name in names)
    )


def hub_alone(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    blocked = json.dumps(modules_of_the_service_alone())
    return subprocess.run(
        [sys.executable, "-c", BLOCKED, blocked, json.dumps(arguments)],
        cwd=ROOT,
        env={"COMPANION_HUB_FOLDER": str(folder), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_service_alone_has_packages_worth_blocking() -> None:
    assert {"flask", "sqlalchemy", "alembic", "twilio", "babel", "argon2"} <= set(modules_of_the_service_alone())


def test_every_module_of_the_hub_and_its_command_run_without_the_service(tmp_path: Path) -> None:
    told = hub_alone("hub", "--help", folder=tmp_path)

    assert (told.returncode, told.stderr) == (0, "")
    assert "add-device" in told.stdout


def test_its_status_is_told_without_the_service(tmp_path: Path) -> None:
    told = hub_alone("hub", "status", "--json", folder=tmp_path)

    assert (told.returncode, told.stderr) == (0, "")
    assert json.loads(told.stdout)["waiting"] == 0


def test_hub_and_service_pin_the_same_versions() -> None:
    service = pins("requirements.txt")

    differing = {name: pin for name, pin in pins("requirements-hub.txt").items() if service.get(name) != pin}

    assert differing == {}


def test_the_extras_are_these_files() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["dynamic"]

    assert extras["optional-dependencies"] == {
        "hub": {"file": ["requirements-hub.txt"]},
        "service": {"file": ["requirements.txt"]},
        "kms": {"file": ["requirements-kms.txt"]},
    }
