"""`companion import` and `companion clients` as they are typed."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from companion.cli import companion
from companion.errors import BadInput
from tests.imported.bundles import bundle, observation, person
from tests.world import World


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)

    def typed(*words: str) -> Result:
        return CliRunner().invoke(companion, list(words), standalone_mode=False)

    return typed


def test_a_file_is_imported_and_every_entry_accounted_for(world: World, run: Any, tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    file.write_bytes(bundle(person(), observation("2823-3", "4.4", "mmol/L"), {"resourceType": "Encounter"}))
    words = ("import", "fhir", str(file), "--patient", world.anna.public_id, "--by", world.doctor.public_id)

    told = json.loads(run(*words, "--json").output)
    again = run(*words).output

    assert {name: told[name] for name in ("taken", "known", "refused", "conflict")} == {
        "taken": 2, "known": 0, "refused": 1, "conflict": 0,
    }  # fmt: skip
    assert [entry["outcome"] for entry in told["entries"]] == ["taken", "taken", "refused"]
    assert "0 taken, 2 known, 1 refused" in again
    assert "Encounter" in again


def test_a_file_that_is_not_there_and_a_patient_who_imports_are_bad_input(world: World, run: Any) -> None:
    missing = run("import", "fhir", "none.json", "--patient", world.anna.public_id, "--by", world.doctor.public_id)
    nobody = run("import", "fhir", "none.json", "--patient", world.anna.public_id, "--by", world.anna.public_id)

    assert isinstance(missing.exception, BadInput)
    assert isinstance(nobody.exception, BadInput)


def test_a_record_systems_token_is_shown_once_and_can_be_taken_back(world: World, run: Any) -> None:
    words = ("--name", "Records", "--source", "urn:emr", "--clinician", world.doctor.public_id)
    added = json.loads(run("clients", "add", *words, "--may-import", "--json").output)

    run("clients", "revoke", added["id"])
    (listed,) = json.loads(run("clients", "list", "--json").output)["clients"]

    assert added["token"].startswith("rc_")
    assert added["token"] not in json.dumps(listed)
    assert (listed["source"], listed["may_import"]) == ("urn:emr", True)
    assert listed["revoked_at"]
    assert isinstance(run("clients", "revoke", "rc_none").exception, BadInput)
