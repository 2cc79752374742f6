"""A first start outside the demo refuses a key out of an example, and one that is missing where others need it, too."""

import stat
from pathlib import Path

import pytest
from environs import Env

from companion.errors import BadInput
from companion.settings import Settings, load_settings

SERVER = "postgresql+psycopg://companion@127.0.0.1/companion"


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, with no setting but the tests' own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMPANION_SECRET_KEY", raising=False)
    return tmp_path


def settings(monkeypatch: pytest.MonkeyPatch, **chosen: str) -> Settings:
    for name, value in chosen.items():
        monkeypatch.setenv(f"COMPANION_{name}", value)
    return load_settings(Env())


@pytest.mark.parametrize(
    "key",
    [
        "change-me-change-me-change-me-change-me",
        "this-is-an-example-of-a-secret-key-0",
        "my-default-secret-that-nobody-changed",
        "0123456789abcdef0123456789abcdef",
        "YOUR SECRET KEY GOES HERE, AND IS LONG",
    ],
)
def test_a_key_out_of_an_example_is_refused(started: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    with pytest.raises(BadInput, match="COMPANION_SECRET_KEY is an example"):
        settings(monkeypatch, SECRET_KEY=key)


def test_the_demo_may_have_such_a_key(started: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "change-me-change-me-change-me-change-me"

    assert settings(monkeypatch, SECRET_KEY=key, DEMO="true").secret_key == key


def test_on_one_machine_a_missing_key_is_made_once_for_its_owner(
    started: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = settings(monkeypatch).secret_key, settings(monkeypatch).secret_key

    assert first == second
    assert len(first) >= 32
    assert stat.S_IMODE((started / "var" / "secret.key").stat().st_mode) == 0o600


def test_with_a_database_on_a_server_a_missing_key_is_refused(started: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="COMPANION_SECRET_KEY is missing"):
        settings(monkeypatch, DATABASE_URL=SERVER)

    assert not (started / "var").exists()


def test_a_file_that_somebody_named_for_it_may_be_made(started: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch, DATABASE_URL=SERVER, SECRET_KEY_FILE=str(started / "shared.key"))

    assert found.secret_key == (started / "shared.key").read_text()


def test_a_token_for_metrics_that_can_be_guessed_is_refused(started: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="COMPANION_METRICS_TOKEN is too short"):
        settings(monkeypatch, METRICS_TOKEN="short")
