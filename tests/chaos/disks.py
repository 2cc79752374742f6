"""A small disk of the test's own, which can be filled: a tmpfs where we may mount one, else a limit on how large the
files of some processes may grow."""

import errno
import os
import resource
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE_MB = 200
"""SQLite's log grows to 64 MB before it is put into the database."""
BALLAST = "ballast"


class SmallDisk:
    """`is_real`: a file system that is full, not only files that may not grow."""

    def __init__(self, folder: Path, is_real: bool) -> None:
        self.folder, self.is_real = folder, is_real

    def fill(self, processes: Iterable[int]) -> None:
        """From now on those processes (and, if it is real, everybody) cannot write there any more."""
        if self.is_real:
            _fill(self.folder / BALLAST)
        else:
            _limit(processes, 1)

    def empty(self, processes: Iterable[int]) -> None:
        (self.folder / BALLAST).unlink(missing_ok=True)
        if not self.is_real:
            _limit(processes, resource.RLIM_INFINITY)


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """At that folder, which is made."""
    folder.mkdir()
    is_real = os.geteuid() == 0 and _run("mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "companion-chaos", folder)
    try:
        yield SmallDisk(folder, is_real)
    finally:
        if is_real:
            _run("umount", "--lazy", folder)


def _run(*line: str | Path) -> bool:
    return subprocess.run(line, check=False, stderr=subprocess.DEVNULL).returncode == 0


def _fill(path: Path) -> None:
    """To the last byte."""
    with path.open("ab", buffering=0) as ballast:
        size = 2**20
        while size:
            try:
                ballast.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2


def _limit(processes: Iterable[int], size: int) -> None:
    """Python ignores the signal that comes with it; what writes is told that the file is too large."""
    for process in processes:
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (size, hard))
