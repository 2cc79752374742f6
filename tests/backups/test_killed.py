"""A backup that is killed leaves no file that looks whole, and the next one clears up after it."""

import os
import signal
from pathlib import Path

import pytest

from companion.backups.leftovers import DAY_SECONDS, SNAPSHOT, UNFINISHED
from companion.backups.make import make_backup
from companion.backups.verify import verify
from companion.care.backup_notes import BackupMade
from companion.errors import BadInput
from tests.backups.dying import die_after
from tests.backups.machines import KEY, OPERATOR, RECIPIENT, back_up, services_in
from tests.forking import PROCESSES, forked_knowing
from tests.world import World

knowing = forked_knowing("tests.backups.dying")

SHARES = (0.0, 0.3, 0.51, 0.99)
"""Of all bytes: the first half is written, the second one read back."""


def bytes_of_a_backup(world: World, path: Path) -> int:
    """How many bytes a whole backup of this world moves."""
    passed: list[int] = []
    make_backup(services_in(world, world.folder), path, [RECIPIENT], OPERATOR, passed.append)
    return sum(passed)


def test_killed_anywhere_it_leaves_nothing_that_looks_like_a_backup(world: World, tmp_path: Path) -> None:
    world.fast(150, 155)
    total = bytes_of_a_backup(world, tmp_path / "first.backup")
    target = tmp_path / "backups"
    target.mkdir()
    world.engine.dispose()

    ends = [killed_after(tmp_path, target / "a.backup", int(share * total)) for share in SHARES]

    assert set(ends) == {-signal.SIGKILL}
    assert [path.name[: len(UNFINISHED)] for path in target.iterdir()] == [UNFINISHED] * len(SHARES)
    assert list(tmp_path.glob(f"{SNAPSHOT}*")) == []
    assert len(world.all(BackupMade)) == 1
    assert verify(back_up(services_in(world, tmp_path), target / "a.backup").path, [KEY])


def killed_after(folder: Path, path: Path, size: int) -> int | None:
    """How the process of such a backup ended."""
    process = PROCESSES.Process(target=die_after, args=(folder, path, size))
    process.start()
    process.join(60)
    return process.exitcode


def test_what_a_killed_one_left_is_cleared_away_a_day_later(world: World, tmp_path: Path) -> None:
    target = tmp_path / "backups"
    old, young = target / f"{UNFINISHED}old", target / f"{UNFINISHED}young"
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "a.backup").write_bytes(b"half")
    before = os.stat(young).st_mtime - DAY_SECONDS - 60
    os.utime(old, (before, before))

    back_up(services_in(world, tmp_path), target / "a.backup")

    assert not old.exists()
    assert young.exists()


def test_nothing_is_written_over(world: World, tmp_path: Path) -> None:
    there = tmp_path / "a.backup"
    there.write_bytes(b"another")

    with pytest.raises(BadInput, match=r"a.backup: is there already"):
        back_up(services_in(world, tmp_path), there)
    assert there.read_bytes() == b"another"


def test_a_folder_that_is_not_there_is_told(world: World, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="its folder is not there"):
        back_up(services_in(world, tmp_path), tmp_path / "stick" / "a.backup")


def test_a_database_that_does_not_hold_together_is_no_backup(world: World, tmp_path: Path) -> None:
    raw = world.engine.raw_connection()
    raw.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
    raw.driver_connection.execute("UPDATE care_link SET patient_id = 99")  # type: ignore[union-attr]
    raw.close()

    with pytest.raises(BadInput, match="does not hold together: a row of care_link points"):
        back_up(services_in(world, tmp_path), tmp_path / "a.backup")
    assert list(tmp_path.glob("*.backup")) == []
