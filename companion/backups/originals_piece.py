"""The files that people sent, as a tar archive that is made while it is read."""

import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from companion.backups.archive import header
from companion.backups.databases import NO_REVISION, Snapshot
from companion.backups.flowing import blocks_of
from companion.errors import BadInput

FILES = "files"


@contextmanager
def snapshot(folder: Path) -> Iterator[Snapshot]:
    """Every file of the folder. What is erased while it is read is left out; the count is right when it was read."""
    counts = {FILES: 0}
    yield Snapshot("tar", counts, NO_REVISION, _blocks(folder, counts))


def _blocks(folder: Path, counts: dict[str, int]) -> Iterator[bytes]:
    """A file is written once and never changed, so that its length is known."""
    for path in kept_files(folder):
        try:
            file = path.open("rb")
        except FileNotFoundError:
            continue
        with file:
            yield from _member(str(path.relative_to(folder)), file)
        counts[FILES] += 1
    yield bytes(2 * tarfile.BLOCKSIZE)


def _member(name: str, file: IO[bytes]) -> Iterator[bytes]:
    size = os.fstat(file.fileno()).st_size
    yield header(name, size)
    yield from blocks_of(file)
    yield bytes(-size % tarfile.BLOCKSIZE)


def kept_files(folder: Path) -> list[Path]:
    """Every file that is whole; one that is being written has a dot before its name."""
    found = folder.rglob("*") if folder.is_dir() else ()
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def bring_back(plain: IO[bytes], folder: Path) -> dict[str, int]:
    """Puts the files of such an archive into the folder, which is not there yet; gives how many. Raises BadInput for
    what is none."""
    folder.mkdir(mode=0o700)
    try:
        with tarfile.open(fileobj=plain, mode="r|") as tar:
            for member in tar:
                tar.extract(member, folder, filter="data")
    except tarfile.TarError:
        raise BadInput("are no archive", where="originals", advice="bring back an older backup") from None
    return {FILES: len(kept_files(folder))}
