"""`companion export`: what is typed, what is written, what is said."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from companion.cli import companion
from companion.errors import BadInput
from tests.world import World


@pytest.fixture
def chosen(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The command works on this world."""
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    world.fast(150, 155)
    return world


def run(*arguments: str) -> Result:
    return CliRunner().invoke(companion, ["export", *arguments])


@pytest.mark.parametrize(
    ("name", "begins"), [("a.json", b"{"), ("a.fhir.json", b"{"), ("a.zip", b"PK"), ("a.csv", b"\xef")]
)
def test_the_file_is_whole_and_only_its_owners(chosen: World, tmp_path: Path, name: str, begins: bytes) -> None:
    path = tmp_path / name

    result = run("--patient", chosen.anna.public_id, str(path))

    assert result.exit_code == 0
    assert path.read_bytes().startswith(begins)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".companion")] == []


def test_the_format_may_be_named(chosen: World, tmp_path: Path) -> None:
    path = tmp_path / "anna"

    result = run("--patient", chosen.anna.public_id, "--format", "fhir", "--json", str(path))

    assert json.loads(path.read_bytes())["resourceType"] == "Bundle"
    assert json.loads(result.output) == {
        "patient": chosen.anna.public_id, "file": str(path), "format": "fhir", "bytes": path.stat().st_size,
    }  # fmt: skip


def test_a_file_without_a_known_ending_is_wrong_usage(chosen: World, tmp_path: Path) -> None:
    result = run("--patient", chosen.anna.public_id, str(tmp_path / "anna.txt"))

    assert result.exit_code == 2
    assert "--format" in result.output


@pytest.mark.parametrize("nobody", ["pa_000000000000", "doctor"])
def test_who_is_no_patient_has_no_export(chosen: World, tmp_path: Path, nobody: str) -> None:
    public_id = chosen.doctor.public_id if nobody == "doctor" else nobody

    result = run("--patient", public_id, str(tmp_path / "a.json"))

    assert isinstance(result.exception, BadInput)
    assert list(tmp_path.glob("a.json")) == []


@pytest.mark.parametrize("where", ["nowhere/a.json", "a.json"], ids=["no such folder", "a folder of that name"])
def test_a_place_that_takes_no_file_is_said_plainly(chosen: World, tmp_path: Path, where: str) -> None:
    (tmp_path / "a.json").mkdir()

    result = run("--patient", chosen.anna.public_id, str(tmp_path / where))

    assert isinstance(result.exception, BadInput)
    assert "check the folder" in str(result.exception)
    assert list(tmp_path.glob(".companion-export-*")) == []
