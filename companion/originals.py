"""The files that people sent, kept as they were: by patient and SHA-256, behind one interface.

Kept so that a newer importer can read them again. One patient's files are apart from another's even where they
are the same bytes: erasing one touches nobody else. Names are SHA-256 of the bytes as they were sent; how those are
written down is a `Wrapping`.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal, NamedTuple, Protocol

from companion.errors import BadInput
from companion.key_files import flush_folder

BLOCK = 1 << 20
OWNER_ONLY = 0o700
DAY_SECONDS = 24 * 3600


class Kept(NamedTuple):
    """A file that is durable: `sha256` in hexadecimal, `size` in bytes."""

    sha256: str
    size: int


class Original(Protocol):
    """A kept file; a `pathlib.Path` is one."""

    def open(self, mode: Literal["rb"]) -> IO[bytes]: ...


class Originals(Protocol):
    """Where the files are. A folder today; another kind of storage has these, too."""

    def incoming(self) -> IO[bytes]:
        """A file on the storage's own disk that a request may be written to; gone when it is closed."""
        ...

    def keep(self, patient: str, content: IO[bytes], at_most: int) -> Kept:
        """Reads to the end, block by block; durable when it returns. Raises BadInput beyond `at_most` bytes."""
        ...

    def get(self, patient: str, sha256: str) -> Original:
        """The file that was kept. Raises BadInput when it is not there (any more)."""
        ...

    def forget(self, patient: str, sha256: str) -> None:
        """Removes it; one that is not there is forgotten already."""
        ...

    def names(self, patient: str) -> list[str]:
        """The digests of every file that is kept for the patient."""
        ...

    def forget_all(self, patient: str) -> None:
        """Removes everything of the patient, half-written files included; nothing there is as good."""
        ...

    def patients(self) -> list[str]:
        """Everybody of whom a file is kept."""
        ...


class Sink(Protocol):
    """Takes the bytes of one file."""

    def write(self, block: bytes) -> object: ...

    def end(self) -> None:
        """Nothing more comes."""
        ...


class Wrapping(Protocol):
    """How files are written down and read: sealed (`companion.sealing.files`), or as they are."""

    def into(self, patient: str, file: IO[bytes]) -> Sink: ...

    def original(self, path: Path) -> Original: ...


class _Bare:
    """A file as it is."""

    def __init__(self, file: IO[bytes]) -> None:
        self.write = file.write

    def end(self) -> None:
        """Nothing is held back."""


class AsTheyAre:
    """Files that are not sealed."""

    def into(self, patient: str, file: IO[bytes]) -> Sink:
        return _Bare(file)

    def original(self, path: Path) -> Original:
        return path


AS_THEY_ARE = AsTheyAre()


class FolderOriginals:
    """Originals in a folder of this machine."""

    def __init__(self, folder: Path, wrapping: Wrapping = AS_THEY_ARE) -> None:
        self._folder, self._wrapping = folder, wrapping

    def incoming(self) -> IO[bytes]:
        return tempfile.TemporaryFile(dir=self._made(self._folder))

    def keep(self, patient: str, content: IO[bytes], at_most: int) -> Kept:
        home = self._made(self._folder / _safe(patient))
        with tempfile.NamedTemporaryFile(dir=home, prefix=".", delete=False) as copy:
            try:
                _clear_leftovers(home, Path(copy.name))
                kept = _copy(content, self._wrapping.into(patient, copy), at_most)
                _flush_file(copy)
                os.replace(copy.name, home / kept.sha256)
            except BaseException:
                Path(copy.name).unlink(missing_ok=True)
                raise
        flush_folder(home)
        return kept

    def get(self, patient: str, sha256: str) -> Original:
        path = self._folder / _safe(patient) / _safe(sha256)
        if not path.is_file():
            raise BadInput("the original is not there any more", where="file", advice="send the file again")
        return self._wrapping.original(path)

    def forget(self, patient: str, sha256: str) -> None:
        (self._folder / _safe(patient) / _safe(sha256)).unlink(missing_ok=True)

    def names(self, patient: str) -> list[str]:
        return [path.name for path in self._files(patient) if not path.name.startswith(".")]

    def forget_all(self, patient: str) -> None:
        for path in self._files(patient):
            path.unlink(missing_ok=True)
        home = self._folder / _safe(patient)
        if home.is_dir():
            home.rmdir()
            flush_folder(self._folder)

    def patients(self) -> list[str]:
        folders = self._folder.iterdir() if self._folder.is_dir() else ()
        return sorted(path.name for path in folders if path.is_dir())

    def _files(self, patient: str) -> list[Path]:
        home = self._folder / _safe(patient)
        return list(home.iterdir()) if home.is_dir() else []

    def _made(self, folder: Path) -> Path:
        folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
        return folder


def _clear_leftovers(home: Path, copy: Path) -> None:
    """Half a file, a day older than the one being written now: a process was killed while it wrote."""
    started = copy.stat().st_mtime
    for leftover in home.glob(".*"):
        if leftover.stat().st_mtime < started - DAY_SECONDS:
            leftover.unlink(missing_ok=True)


def _copy(content: IO[bytes], copy: Sink, at_most: int) -> Kept:
    digest, size = hashlib.sha256(), 0
    for block in _blocks(content):
        size += len(block)
        if size > at_most:
            raise BadInput(f"is larger than {at_most // 2**20} MB", where="file", advice="split it by years")
        digest.update(block)
        copy.write(block)
    copy.end()
    return Kept(digest.hexdigest(), size)


def _flush_file(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _blocks(content: IO[bytes]) -> Iterator[bytes]:
    while block := content.read(BLOCK):
        yield block


def _safe(name: str) -> str:
    """Ids and digests only: nothing that leads out of the folder."""
    if not re.fullmatch(r"\w+", name, re.ASCII):
        raise ValueError("neither an id of ours nor a digest")
    return name
