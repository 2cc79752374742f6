"""`companion keys`: made, shown, changed for another, and what is from before sealed."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from companion.cli import companion
from companion.sealing.data_keys import DataKey
from tests.sealing.kept import set_aside, texts
from tests.world import World


class Terminal:
    """The command over Anna's world."""

    def __init__(self, world: World) -> None:
        self.world, self.environment = world, dict(world.environment)

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(companion, ["keys", *arguments], env=self.environment)

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("show", "--json").stdout)
        return found


@pytest.fixture
def terminal(world: World) -> Terminal:
    return Terminal(world)


def test_init_makes_one_key_and_says_where_to_keep_it(terminal: Terminal) -> None:
    first, again = terminal.run("init"), terminal.run("init")

    (key,) = terminal.told()["keys"]
    assert first.stdout == again.stdout
    assert f"master key {key['id']} in {terminal.world.folder / 'master.key'}; back it up apart" in first.stdout


def test_init_needs_no_database_yet(tmp_path: Path) -> None:
    environment = {"COMPANION_DATABASE_URL": f"sqlite:///{tmp_path}/new/companion.db", "COMPANION_SECRET_KEY": "k" * 40}

    made = CliRunner().invoke(companion, ["keys", "init"], env=environment)

    assert made.exit_code == 0
    assert (tmp_path / "new" / "master.key").stat().st_mode & 0o777 == 0o600


def test_show_counts_what_each_key_wraps_and_tells_no_key(terminal: Terminal) -> None:
    set_aside(terminal.world, "0201")

    said = terminal.run("show")

    (key,) = terminal.told()["keys"]
    every = len(terminal.world.all(DataKey))
    assert (key["wraps"], terminal.told()["missing"]) == (every, {})
    assert f"{key['id']}  wraps {every} keys" in said.stdout
    (secret,) = json.loads((terminal.world.folder / "master.key").read_text())["keys"]
    assert secret not in said.stdout


def test_rotate_wraps_every_key_anew_and_everything_opens(terminal: Terminal) -> None:
    set_aside(terminal.world, "0201")

    rotated = terminal.run("rotate")

    old, new = terminal.told()["keys"]
    assert (rotated.exit_code, old["wraps"], new["wraps"]) == (0, 0, len(terminal.world.all(DataKey)))
    assert texts(terminal.world) == ["0201"]


def test_rotate_can_forget_the_older_keys(terminal: Terminal) -> None:
    set_aside(terminal.world, "0201")
    (before,) = terminal.told()["keys"]

    terminal.run("rotate", "--forget-older")

    (after,) = terminal.told()["keys"]
    assert after["id"] != before["id"]
    assert texts(terminal.world) == ["0201"]


def test_without_the_master_key_rotate_is_refused_and_makes_none(terminal: Terminal) -> None:
    set_aside(terminal.world, "0201")
    (terminal.world.folder / "master.key").unlink()

    refused = terminal.run("rotate")

    assert "is not here" in str(refused.exception)
    assert terminal.told()["keys"] == []
    assert list(terminal.told()["missing"].values()) == [len(terminal.world.all(DataKey))]


def test_keys_of_the_environment_are_used_in_place_of_the_file(tmp_path: Path) -> None:
    environment = {"COMPANION_DATABASE_URL": f"sqlite:///{tmp_path}/new/companion.db", "COMPANION_SECRET_KEY": "k" * 40}
    environment["COMPANION_MASTER_KEY"] = "00112233445566778899aabbccddeeff" * 2

    made = CliRunner().invoke(companion, ["keys", "init"], env=environment)

    assert "in COMPANION_MASTER_KEY" in made.stdout
    assert not (tmp_path / "new" / "master.key").exists()


def test_a_default_key_stops_every_command(terminal: Terminal) -> None:
    terminal.environment["COMPANION_MASTER_KEY"] = "00" * 32

    refused = terminal.run("show")

    assert "COMPANION_MASTER_KEY: is no key, or one that can be guessed" in str(refused.exception)


def test_seal_says_how_much_it_sealed(terminal: Terminal) -> None:
    sealed = terminal.run("seal")

    assert sealed.stdout == "0 values and files sealed\n"
