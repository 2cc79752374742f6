"""Files that people sent are kept as they were, each with its own digest, and nothing of one is another's."""

import hashlib
import io
import os
from pathlib import Path

import pytest

from companion.errors import BadInput
from companion.originals import BLOCK, FolderOriginals

CONTENT = b"time,glucose\n" * 200_000


@pytest.fixture
def originals(tmp_path: Path) -> FolderOriginals:
    return FolderOriginals(tmp_path / "originals")


def test_a_kept_file_is_read_again_byte_for_byte(originals: FolderOriginals) -> None:
    kept = originals.keep("pa_anna", io.BytesIO(CONTENT), len(CONTENT))

    with originals.get("pa_anna", kept.sha256).open("rb") as stream:
        again = stream.read()

    assert again == CONTENT
    assert kept == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


def test_the_same_bytes_of_two_patients_are_two_files(originals: FolderOriginals) -> None:
    kept = [originals.keep(patient, io.BytesIO(b"x"), 1) for patient in ("pa_anna", "pa_bert")]

    originals.forget("pa_anna", kept[0].sha256)

    assert originals.get("pa_bert", kept[1].sha256).is_file()
    with pytest.raises(BadInput):
        originals.get("pa_anna", kept[0].sha256)


def test_what_is_too_large_leaves_nothing_behind(originals: FolderOriginals, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="larger"):
        originals.keep("pa_anna", io.BytesIO(b"x" * (BLOCK + 1)), BLOCK)

    assert list((tmp_path / "originals" / "pa_anna").iterdir()) == []


def test_only_the_owner_of_the_process_may_look_into_the_folder(originals: FolderOriginals, tmp_path: Path) -> None:
    kept = originals.keep("pa_anna", io.BytesIO(b"x"), 1)

    folder, file = tmp_path / "originals" / "pa_anna", originals.get("pa_anna", kept.sha256)

    assert (folder.stat().st_mode & 0o077, file.stat().st_mode & 0o077) == (0, 0)


def test_half_a_file_of_a_process_that_was_killed_goes_after_a_day(originals: FolderOriginals, tmp_path: Path) -> None:
    originals.keep("pa_anna", io.BytesIO(b"x"), 1)
    old, young = (tmp_path / "originals" / "pa_anna" / name for name in (".old", ".young"))
    for half in (old, young):
        half.write_bytes(b"half")
    day_before = young.stat().st_mtime - 86_401
    os.utime(old, (day_before, day_before))

    originals.keep("pa_anna", io.BytesIO(b"y"), 1)

    assert (old.exists(), young.exists()) == (False, True)


def test_forgetting_twice_is_forgetting_once(originals: FolderOriginals) -> None:
    kept = originals.keep("pa_anna", io.BytesIO(b"x"), 1)

    for _ in range(2):
        originals.forget("pa_anna", kept.sha256)

    with pytest.raises(BadInput):
        originals.get("pa_anna", kept.sha256)
