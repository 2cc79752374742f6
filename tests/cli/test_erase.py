"""`companion erase`: it asks, it proves, it says when it was done before."""

import json

import pytest
from click.testing import CliRunner, Result

from companion.cli import companion
from companion.erasing.models import Erasure
from companion.errors import BadInput
from tests.world import World


@pytest.fixture
def chosen(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The command works on this world."""
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    world.fast(150, 155)
    return world


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(companion, ["erase", *arguments], input=typed)


def test_the_id_is_asked_for_once_more(chosen: World) -> None:
    result = run("--patient", chosen.anna.public_id, typed=f"{chosen.anna.public_id}\n")

    assert result.exit_code == 0
    assert "was erased at" in result.output
    assert "readings: 2 glucose; sha256" in result.output
    assert chosen.readings() == []


@pytest.mark.parametrize("typed", ["yes\n", "\n", ""])
def test_another_answer_or_none_erases_nothing(chosen: World, typed: str) -> None:
    result = run("--patient", chosen.anna.public_id, typed=typed)

    assert isinstance(result.exception, BadInput)
    assert len(chosen.readings()) == 2
    assert chosen.all(Erasure) == []


def test_the_proof_is_one_json_object_and_the_same_when_asked_again(chosen: World) -> None:
    first = run("--patient", chosen.anna.public_id, "--yes", "--json")
    again = run("--patient", chosen.anna.public_id, "--yes", "--json")

    proof = json.loads(first.stdout)
    assert proof["state"] == "done"
    assert proof["readings"][0]["counts"] == {"glucose": 2}
    assert json.loads(again.stdout) == proof


def test_afterwards_there_is_nothing_to_export(chosen: World) -> None:
    run("--patient", chosen.anna.public_id, "--yes")

    result = CliRunner().invoke(companion, ["export", "--patient", chosen.anna.public_id, "a.json"])

    assert isinstance(result.exception, BadInput)
    assert "no patient" in str(result.exception)


def test_who_is_no_patient_is_refused_before_anything_is_asked(chosen: World) -> None:
    result = run("--patient", "pa_000000000000")

    assert isinstance(result.exception, BadInput)
    assert "Type" not in result.output
