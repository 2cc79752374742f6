"""The file of a backup: a tar archive whose members are written before their length is known. `tar` opens it, too."""

import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

from companion.errors import BadInput

T = TypeVar("T")


class ArchiveWriter:
    """Writes members one after the other into a file that can be gone back in."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out

    def add(self, name: str, write: Callable[[IO[bytes]], T]) -> T:
        """A member with whatever `write` writes; gives what it returns."""
        begins = self._out.tell()
        self._out.write(bytes(tarfile.BLOCKSIZE))
        result = write(self._out)
        size = self._out.tell() - begins - tarfile.BLOCKSIZE
        self._out.write(bytes(-size % tarfile.BLOCKSIZE))
        self._out.seek(begins)
        self._out.write(header(name, size))
        self._out.seek(0, os.SEEK_END)
        return result

    def end(self) -> None:
        """What tells readers that nothing follows."""
        self._out.write(bytes(2 * tarfile.BLOCKSIZE))


def header(name: str, size: int) -> bytes:
    """One block that goes before a member; sizes beyond 8 GB as GNU tar writes them. Raises BadInput for a name that
    does not fit into a block."""
    told = tarfile.TarInfo(name)
    told.size, told.mode = size, 0o600
    block = told.tobuf(tarfile.GNU_FORMAT)
    if len(block) != tarfile.BLOCKSIZE:
        raise BadInput("has too long a name", where=name)
    return block


class ArchiveReader:
    """The members of an archive, by name."""

    def __init__(self, tar: tarfile.TarFile, where: str) -> None:
        self._tar, self._where = tar, where
        self._members = {member.name: member for member in tar.getmembers()}

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        """That member, from its beginning. Raises BadInput if it is not there."""
        found = self._members.get(name)
        content = self._tar.extractfile(found) if found else None
        if content is None:
            advice = "it was cut off, or is no backup: take another one"
            raise BadInput(f"has no {name} in it", where=self._where, advice=advice)
        with content:
            yield content


@contextmanager
def opened(path: Path) -> Iterator[ArchiveReader]:
    """The archive at that path. Raises BadInput for what is none."""
    where = str(path)
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadInput(error.strerror or str(error), where=where, advice="check the name") from None
    try:
        with file, tarfile.open(fileobj=file, mode="r:") as tar:
            yield ArchiveReader(tar, where)
    except tarfile.TarError:
        raise BadInput("is no backup, or was cut off", where=where, advice="take another one") from None
