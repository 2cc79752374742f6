"""`companion backup` and `companion restore`: what they say, and how they end."""

import json
import re
import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from companion.backups import secret_files
from companion.backups.verify import verify
from companion.care import audit
from companion.care.people import Person
from companion.cli import companion
from companion.db import make_engine, reading, writing
from companion.errors import BadInput
from companion.sealing.master import MasterKeyFile
from tests.backups.machines import keep_file
from tests.world import World, environment


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "backup.key"


@pytest.fixture
def recipient(key: Path) -> str:
    """Its public half, as the command prints it."""
    return run("backup", "keys", str(key)).stdout.strip()


@pytest.fixture
def chosen(world: World, recipient: str, monkeypatch: pytest.MonkeyPatch) -> World:
    """The commands work on this world, and back it up for that key."""
    choose(monkeypatch, world.folder, world.environment | {"COMPANION_BACKUP_RECIPIENTS": recipient})
    world.fast(150, 155)
    world.prescribe()
    start(world)
    return world


def start(world: World) -> None:
    """What makes the service's keys: its first start, something that is noted, and a beat."""
    world.services.check_keys()
    with writing(world.engine) as session:
        audit.note(session, actor="Dr. Roth", action="signed_in", now=world.now)
    world.services.keep_audit()


def choose(monkeypatch: pytest.MonkeyPatch, folder: Path, settings: dict[str, str]) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COMPANION_SECRET_KEY_FILE", str(folder / "secret.key"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(companion, list(arguments))


def refusal(*arguments: str) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, BadInput), result.output
    return str(result.exception)


def test_a_backup_tells_where_it_is_how_much_and_until_when(chosen: World, tmp_path: Path) -> None:
    result = run("backup", str(tmp_path / "a.backup"))

    assert result.exit_code == 0, result.exception
    assert "a.backup: " in result.stdout
    assert "rows, all until " in result.stdout
    assert "read back and decrypted; sha256 " in result.stdout


def test_as_json_it_tells_each_piece(chosen: World, tmp_path: Path) -> None:
    told = json.loads(run("backup", str(tmp_path / "a.backup"), "--json").stdout)

    pieces = {piece["name"]: piece for piece in told["manifest"]["pieces"]}
    assert pieces["records"]["counts"]["person"] == 6
    assert pieces["originals"]["counts"] == {"files": 0}
    assert told["bytes"] == (tmp_path / "a.backup").stat().st_size


def test_in_a_folder_it_gets_a_name_and_old_ones_go(chosen: World, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    old = folder / "companion-20250101T000000Z.backup"
    old.touch()

    result = run("backup", str(folder), "--keep", "1")

    assert "1 older ones removed" in result.stdout
    (kept,) = folder.iterdir()
    assert verify(kept, []).pieces


def test_without_a_public_key_nothing_is_written(
    chosen: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMPANION_BACKUP_RECIPIENTS")

    said = refusal("backup", str(tmp_path / "a.backup"))

    assert said.startswith("COMPANION_BACKUP_RECIPIENTS: names nobody")
    assert not (tmp_path / "a.backup").exists()


def test_keep_is_for_a_folder(chosen: World, tmp_path: Path) -> None:
    assert run("backup", str(tmp_path / "a.backup"), "--keep", "3").exit_code == 2


def test_verifying_says_what_it_could_see(chosen: World, key: Path, tmp_path: Path) -> None:
    backup = str(tmp_path / "a.backup")
    run("backup", backup)

    without, with_key = run("backup", "verify", backup), run("backup", "verify", backup, "--key", str(key))

    assert without.stdout.endswith("as it was written; not decrypted, for want of a key\n")
    assert with_key.stdout.endswith("decrypted, and as it was\n")


def test_a_key_is_not_written_over_and_only_its_owner_reads_it(recipient: str, key: Path) -> None:
    said = refusal("backup", "keys", str(key))

    assert said.startswith(f"{key}: is there already")
    assert key.stat().st_mode & 0o077 == 0
    assert recipient.startswith("age1")


def test_from_a_lost_machine_to_an_empty_one(
    chosen: World, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup, secrets, other = str(tmp_path / "a.backup"), str(tmp_path / "secrets.age"), str(tmp_path / "secrets.key")
    public = run("backup", "keys", other).stdout.strip()
    run("backup", "secrets", secrets, "--recipient", public)
    run("backup", backup)
    folder = tmp_path / "new"
    folder.mkdir()
    choose(monkeypatch, folder, environment(folder))

    result = run("restore", backup, "--key", str(key), "--secrets", secrets, "--key", other)

    assert result.exit_code == 0, result.exception
    assert "rows are back" in result.stdout
    assert "entries hold" in result.stdout
    assert "is lost: the last " in result.stdout
    assert (folder / "secret.key").read_text() == "k" * 40
    for name in ("audit.key", "anchor.pem", "master.key"):
        assert (folder / name).read_bytes() == (tmp_path / name).read_bytes()
    with reading(make_engine(f"sqlite:///{folder / 'companion.db'}")) as session:
        assert session.query(Person).count() == 6


def test_a_second_time_it_refuses_the_machine(
    chosen: World, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup, folder = str(tmp_path / "a.backup"), tmp_path / "new"
    run("backup", backup)
    folder.mkdir()
    choose(monkeypatch, folder, environment(folder))
    assert run("restore", backup, "--key", str(key), "--without-secrets").exit_code == 0

    said = refusal("restore", backup, "--key", str(key), "--without-secrets")

    assert "nothing was changed" in said


def test_the_audit_is_told_to_be_unchecked_where_its_keys_are_lost(
    chosen: World, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("backup", str(tmp_path / "a.backup"))
    folder = tmp_path / "new"
    folder.mkdir()
    choose(monkeypatch, folder, environment(folder))

    result = run("restore", str(tmp_path / "a.backup"), "--key", str(key), "--without-secrets")

    assert "the audit was not checked" in result.stdout


def test_secrets_are_not_for_the_key_of_the_backups(chosen: World, recipient: str, tmp_path: Path) -> None:
    said = refusal("backup", "secrets", str(tmp_path / "secrets.age"), "--recipient", recipient)

    assert "is the key of the backups, too" in said
    assert not (tmp_path / "secrets.age").exists()


def test_secrets_are_only_packed_when_those_are_there_that_backups_need(chosen: World, tmp_path: Path) -> None:
    public = run("backup", "keys", str(tmp_path / "secrets.key")).stdout.strip()
    chosen.settings.audit_key_file.unlink()

    said = refusal("backup", "secrets", str(tmp_path / "secrets.age"), "--recipient", public)

    assert "audit.key: is not there yet" in said
    assert not (tmp_path / "secrets.age").exists()


def test_a_master_key_that_is_a_setting_is_among_the_secrets(chosen: World) -> None:
    older, newer = "0123456789abcdef" * 4, "fedcba9876543210" * 4

    packed = secret_files.pack(replace(chosen.settings, master_key=f"{older} {newer}"))

    assert json.loads(packed["master.key"]) == {"keys": [older, newer]}


def test_an_archive_of_something_else_holds_no_secrets() -> None:
    other = BytesIO(b"".join(secret_files.blocks({"audit.key": b"a"})))

    with pytest.raises(BadInput, match=r"a.age: holds no secrets"):
        secret_files.unpack(other, "a.age")


def test_a_master_key_that_is_not_the_one_is_told_when_all_is_back(
    chosen: World, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_file(chosen.services, chosen.anna.public_id, b"sealed")
    run("backup", str(tmp_path / "a.backup"))
    folder = tmp_path / "new"
    folder.mkdir()
    for name in ("audit.key", "anchor.pem"):
        shutil.copy(tmp_path / name, folder)
    MasterKeyFile(folder / "master.key").make_first()
    choose(monkeypatch, folder, environment(folder))

    said = refusal("restore", str(tmp_path / "a.backup"), "--key", str(key))

    assert re.match(r"the master key: it does not open [1-9]\d* keys of people \(everything was brought back", said)


def test_secrets_that_are_there_and_others_are_left_alone(chosen: World, tmp_path: Path) -> None:
    settings = chosen.settings
    before = settings.audit_key_file.read_bytes()

    with pytest.raises(BadInput, match=r"audit.key: is there already, and is another one"):
        secret_files.put_back(settings, {"audit.key": b"another", "secret.key": b"k" * 40})
    assert settings.audit_key_file.read_bytes() == before


@pytest.mark.parametrize("line", [["backup"], ["restore"], ["restore", "a.backup"], ["backup", "secrets", "a"]])
def test_wrong_usage_ends_with_2(line: list[str]) -> None:
    assert run(*line).exit_code == 2


@pytest.mark.parametrize("line", [["restore", "none.backup"], ["backup", "verify", "none.backup"]])
def test_a_file_that_is_not_there_is_told(chosen: World, key: Path, line: list[str]) -> None:
    assert "No such file" in refusal(*line, "--key", str(key))


def test_help_tells_of_every_way(recipient: str) -> None:
    said = run("backup", "--help").output

    assert all(name in said for name in ("make", "verify", "keys", "secrets"))
