"""What stands in deploy/: valid by its own judges, true to the settings and commands there are, and no secrets."""

import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from companion.cli import COMMANDS
from tests.servers import require
from tests.test_docs import settings_in_code

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE = DEPLOY / "compose" / "compose.yaml"
INSTALLED = "/opt/companion/.venv/bin/companion"
MOST_EXPOSED = 2.5
"""Of 10, as systemd-analyze counts; a unit without any protection has 9.6."""


def compose() -> dict[str, Any]:
    found = YAML(typ="safe").load(COMPOSE)
    assert isinstance(found, dict)
    return found


def by_systemd(folder: Path, unit: Path, *line: str) -> subprocess.CompletedProcess[str]:
    """What systemd-analyze says of the unit, installed here."""
    require(shutil.which("systemd-analyze"), "systemd")
    for each in UNITS:
        text = each.read_text("utf-8").replace(INSTALLED, sys.executable)
        (folder / each.name).write_text(text, "utf-8")
    return subprocess.run(["systemd-analyze", *line, str(folder / unit.name)], capture_output=True, text=True)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_takes_every_unit(tmp_path: Path, unit: Path) -> None:
    said = by_systemd(tmp_path, unit, "verify")

    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_may_do_little(tmp_path: Path, unit: Path) -> None:
    said = by_systemd(tmp_path, unit, "security", "--offline=true", "--no-pager")

    level = re.search(r"exposure level for \S+ ([0-9.]+)", said.stdout)
    assert level, said.stdout
    assert float(level[1]) <= MOST_EXPOSED


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_runs_a_command_there_is_as_a_user_of_its_own(unit: Path) -> None:
    text = unit.read_text("utf-8")
    users = re.findall(r"^u (\S+)", (DEPLOY / "systemd" / "companion.sysusers").read_text("utf-8"), re.M)

    command = re.search(rf"^ExecStart={INSTALLED} (\w+)", text, re.M)
    user = re.search(r"^User=(\S+)$", text, re.M)

    assert command
    assert command[1] in COMMANDS
    assert user
    assert user[1] in users


def test_the_compose_file_fits_the_specification() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)],
        capture_output=True,
        text=True,
    )

    assert said.returncode == 0, said.stdout + said.stderr


def test_several_web_and_jobs_stand_behind_one_proxy() -> None:
    services = compose()["services"]

    open_to_all = [name for name, service in services.items() if "ports" in service]

    assert open_to_all == ["proxy"]
    assert all(services[name]["deploy"]["replicas"] >= 2 for name in ("web", "jobs"))
    assert {"postgresql", "influxdb"} <= set(services)


def test_the_schema_is_there_before_web_and_jobs() -> None:
    services = compose()["services"]

    assert services["upgrade"]["command"] == ["db", "upgrade"]
    for name in ("web", "jobs"):
        assert services[name]["depends_on"]["upgrade"]["condition"] == "service_completed_successfully"


def test_containers_run_commands_there_are() -> None:
    commands = [service["command"] for service in compose()["services"].values() if "command" in service]

    assert {command[0] for command in commands} == {"serve", "jobs", "db", "backup"}
    assert {command[0] for command in commands} <= set(COMMANDS)


def test_every_image_has_a_version() -> None:
    images = [service["image"] for service in compose()["services"].values()]
    images += re.findall(r"^FROM (\S+)$", dockerfile(), re.M)

    assert len(images) == len(compose()["services"]) + 1
    assert all(image == "companion" or re.search(r":\d+\.\d+", image) for image in images)


def dockerfile() -> str:
    return (DEPLOY / "compose" / "Dockerfile").read_text("utf-8")


def test_the_image_runs_as_nobody_special() -> None:
    users = re.findall(r"^USER (\S+)$", dockerfile(), re.M)

    assert users
    assert users[-1] not in ("root", "0")


def test_secrets_come_from_outside_and_the_needed_ones_must() -> None:
    environments = [service.get("environment", {}) for service in compose()["services"].values()]
    secrets = {
        name: value
        for environment in environments
        for name, value in environment.items()
        if re.search(r"(KEY|TOKEN|PASSWORD|_SID)(?!_FILE)", name)
    }

    assert secrets
    assert all(re.fullmatch(r"\$\{\w+.*\}", value) for value in secrets.values())
    assert all(":?" in secrets[name] for name in ("COMPANION_SECRET_KEY", "PGPASSWORD"))


def test_the_example_names_what_has_no_default_and_nothing_else() -> None:
    text = COMPOSE.read_text("utf-8")
    example = (DEPLOY / "compose" / "env.example").read_text("utf-8")

    used = set(re.findall(r"\$\{(\w+)", text))
    needed = set(re.findall(r"\$\{(\w+):\?", text))
    named = set(re.findall(r"^#?([A-Z_]+)=", example, re.M))

    assert needed <= set(re.findall(r"^([A-Z_]+)=", example, re.M))
    assert named <= used


@pytest.mark.parametrize("path", [COMPOSE, DEPLOY / "systemd" / "companion.env", *UNITS], ids=lambda path: path.name)
def test_every_setting_is_one_that_the_service_knows(path: Path) -> None:
    named = set(re.findall(r"COMPANION_(\w+)", path.read_text("utf-8")))

    assert named <= settings_in_code()


def test_programs_that_come_without_tls_are_refused_and_not_sent_on() -> None:
    plain = (DEPLOY / "compose" / "Caddyfile").read_text("utf-8").split("\nhttp://{$SITE} {", 1)[1]
    programs = re.findall(r"@programs path (.+)", plain)[0].split()

    called = ["/api/v1/x", "/cds-services", "/cds-services/x", "/hooks/twilio/sms", "/calendar/x.ics", "/metrics"]
    pages = ["/", "/sign-in", "/s/x", "/d/x"]

    assert all(any(fnmatch(path, each) for each in programs) for path in called)
    assert not any(fnmatch(path, each) for each in programs for path in pages)
    refused, sent_on = re.findall(r"handle(?: @programs)? \{\n\s*(.+)\n", plain)
    assert refused == 'respond "https only" 403'
    assert sent_on == "redir https://{host}{uri} permanent"


def test_the_proxy_keeps_no_log_of_addresses() -> None:
    directives = (DEPLOY / "compose" / "Caddyfile").read_text("utf-8").splitlines()

    assert not [line for line in directives if line.split()[:1] == ["log"]]
    assert any(line.split()[:1] == ["reverse_proxy"] for line in directives)
