"""A start without the master key that is needed ends with one sentence, and changes nothing."""

import secrets
import sys

import pytest

from companion.cli import main
from tests.sealing.kept import set_aside, texts
from tests.world import World

STARTS = (["serve"], ["run"], ["jobs", "--once"])


class Started:
    """Commands over a world with a sealed value, as a shell would call them."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        set_aside(world, "0201")
        self.world, self.key = world, world.folder / "master.key"
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.have(**world.environment)

    def have(self, **settings: str) -> None:
        for name, value in settings.items():
            self._monkeypatch.setenv(name, value)

    def refused(self, command: list[str]) -> str:
        """What is said where the command ends with 1."""
        self._monkeypatch.setattr(sys, "argv", ["companion", *command])
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 1
        (line,) = [line for line in self._capsys.readouterr().err.splitlines() if line.startswith("companion: ")]
        return line


@pytest.fixture
def started(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Started:
    return Started(world, monkeypatch, capsys)


@pytest.mark.parametrize("command", STARTS)
def test_a_lost_key_stops_the_start_and_none_is_made_in_its_place(started: Started, command: list[str]) -> None:
    away = started.key.rename(started.world.folder / "away")

    said = started.refused(command)

    assert "sealed data: master key" in said
    assert "restore COMPANION_MASTER_KEY_FILE or COMPANION_MASTER_KEY" in said
    assert not started.key.exists()
    away.rename(started.key)
    assert texts(started.world) == ["0201"]


@pytest.mark.parametrize("command", STARTS)
def test_another_key_stops_the_start(started: Started, command: list[str]) -> None:
    started.have(COMPANION_MASTER_KEY=secrets.token_hex(32))

    assert "sealed data: master key" in started.refused(command)


@pytest.mark.parametrize("content", ["", "00" * 32, '{"keys": "'])
def test_a_file_that_holds_no_key_stops_the_start(started: Started, content: str) -> None:
    started.key.write_text(content)

    assert "COMPANION_MASTER_KEY_FILE: is not a file of master keys" in started.refused(["serve"])


def test_a_folder_in_its_place_stops_the_start(started: Started) -> None:
    started.key.unlink()
    started.key.mkdir()

    assert "COMPANION_MASTER_KEY_FILE: cannot be read" in started.refused(["serve"])


@pytest.mark.parametrize("told", ["changeme", " ", "00" * 32])
def test_a_default_key_stops_the_start(started: Started, told: str) -> None:
    started.have(COMPANION_MASTER_KEY=told)

    assert "COMPANION_MASTER_KEY: is no key, or one that can be guessed" in started.refused(["serve"])
