"""`companion readings copy`: what it says, what it refuses."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from companion.cli import companion
from companion.db import make_engine
from companion.errors import BadInput
from companion.readings.opening import open_store
from tests.readings.store_builders import glucose
from tests.world import World


@pytest.fixture
def chosen(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """The command works beside this world, in an empty folder."""
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    world.fast(150, 155)
    return world


def run(*arguments: str) -> Result:
    return CliRunner().invoke(companion, ["readings", "copy", *arguments])


def from_url(world: World) -> str:
    return world.environment["COMPANION_DATABASE_URL"]


def test_what_was_copied_is_told_in_one_line(chosen: World) -> None:
    result = run(from_url(chosen), "sqlite:///to.db")

    assert result.exit_code == 0, result.output
    assert result.stdout == "1 patients; 2 readings brought, 2 compared and the same\n"


def test_or_as_one_json_object(chosen: World) -> None:
    run(from_url(chosen), "sqlite:///to.db")

    result = run(from_url(chosen), "sqlite:///to.db", "--quick", "--json")

    told = {"patients": 1, "readings": 0, "new": 0, "passed_over": 1, "erased": 0, "differences": []}
    assert json.loads(result.stdout) == told


def test_a_difference_is_an_error_that_names_the_place(chosen: World, tmp_path: Path) -> None:
    run(from_url(chosen), "sqlite:///to.db")
    with make_engine("sqlite:///to.db").begin() as connection:
        connection.exec_driver_sql("UPDATE reading SET value = '1' WHERE value LIKE '150%'")

    result = run(from_url(chosen), "sqlite:///to.db", "--json")

    assert isinstance(result.exception, BadInput)
    assert f"glucose of {chosen.anna.public_id} differs" in str(result.exception)
    (difference,) = json.loads(result.stdout)["differences"]
    assert difference["from"]["n"] == difference["to"]["n"] == 2


def test_who_was_erased_by_the_service_does_not_come_back(chosen: World) -> None:
    run(from_url(chosen), "sqlite:///to.db")
    CliRunner().invoke(companion, ["erase", "--patient", chosen.anna.public_id, "--yes"])
    # The old store is a copy of the time before: a backup, say.
    run("sqlite:///to.db", "sqlite:///third.db")

    result = run("sqlite:///to.db", "sqlite:///third.db", "--json")

    assert json.loads(result.stdout)["patients"] == 0
    assert list(open_store("sqlite:///third.db").patients()) == []


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("sqlite:///nothing.db", "sqlite:///to.db", "FROM: there is no such file"),
        ("no url", "sqlite:///to.db", "FROM: is not a URL"),
        ("sqlite:///here.db", "mysql://db/readings", "TO: no readings store for 'mysql'"),
        ("sqlite:///here.db", "sqlite:///./here.db", "TO: is the same store as FROM"),
        ("sqlite:///here.db", "influxdb://u:secret@127.0.0.1/db", "TO: holds a secret"),
        ("sqlite:///other.txt", "sqlite:///to.db", "file is not a database"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(chosen: World, source: str, target: str, said: str) -> None:
    open_store("sqlite:///here.db").append([glucose()])
    Path("other.txt").write_text("a letter to the clinic " * 100)

    result = run(source, target)

    assert isinstance(result.exception, BadInput), result.exception
    assert said in str(result.exception)
    assert not Path("nothing.db").exists()


def test_a_password_is_kept_nowhere(chosen: World) -> None:
    result = run(from_url(chosen), "postgresql+psycopg://clinic:geheim@127.0.0.1:1/readings")

    assert isinstance(result.exception, BadInput)
    assert "geheim" not in str(result.exception) + result.output
    assert all(b"geheim" not in file.read_bytes() for file in Path("var").glob("*.jsonl"))
