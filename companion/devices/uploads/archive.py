"""Zip archives: their members as sources, and the limits that keep a small file from unpacking into a huge one."""

from collections.abc import Iterator
from typing import IO, Literal
from zipfile import BadZipFile, ZipFile, ZipInfo

from companion.devices.uploads.source import Source
from companion.errors import BadInput

MOST_MEMBERS = 20_000
"""A health export of many years holds some thousand routes and recordings."""
LARGEST_MEMBER = 4 * 1024**3
"""Bytes, unpacked: twice the largest file that may be sent."""
_HIGHEST_RATIO = 200
"""Unpacked to packed. Health exports reach 40; the packing itself ends at 1032."""
_SMALL = 16 * 1024 * 1024
"""Bytes. Below, the ratio does not matter."""

BROKEN = BadInput("the zip archive is broken", advice="export or download the file again")


class Member:
    """One file of an archive."""

    def __init__(self, source: Source, name: str) -> None:
        self._source = source
        self.name = name

    def open(self, mode: Literal["rb"]) -> IO[bytes]:
        outer = self._source.open(mode)
        try:
            archive = ZipFile(outer)
            return archive.open(self.name)
        except (BadZipFile, KeyError, NotImplementedError, RuntimeError, OSError):
            outer.close()
            raise BROKEN from None


def members(source: Source) -> Iterator[Member]:
    """The files of the archive in its own order. Raises BadInput for a bomb, a lock and a broken archive."""
    for info in _infos(source):
        if not info.is_dir() and not _is_clutter(info.filename):
            _check(info)
            yield Member(source, info.filename)


def names_in(source: Source) -> frozenset[str]:
    """The names of everything in the archive."""
    return frozenset(info.filename for info in _infos(source))


def _infos(source: Source) -> list[ZipInfo]:
    with source.open("rb") as stream:
        try:
            infos = ZipFile(stream).infolist()
        except (BadZipFile, NotImplementedError, ValueError, OSError):
            raise BROKEN from None
    if len(infos) > MOST_MEMBERS:
        raise BadInput(f"the zip archive holds {len(infos)} files", advice="send the export alone")
    return infos


def _is_clutter(name: str) -> bool:
    """What macOS adds to archives."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")


def _check(info: ZipInfo) -> None:
    """The sizes stated are those that are enforced when the member is read."""
    if info.flag_bits & 1:
        raise BadInput("the zip archive is locked with a password", advice="unpack it and send the export in it")
    is_bomb = info.file_size > _SMALL and info.file_size > _HIGHEST_RATIO * max(info.compress_size, 1)
    if is_bomb or info.file_size > LARGEST_MEMBER:
        raise BadInput(
            f"{info.filename[:80]!r} would unpack to {info.file_size // 1024**2} MB", advice="send the export alone"
        )
