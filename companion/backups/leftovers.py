"""What a backup leaves behind where it was killed: hidden files beside what it read and wrote."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SNAPSHOT = ".companion-snapshot-"
"""A copy of a database while it is read."""
UNFINISHED = ".companion-backup-"
"""A backup that is being written."""
RESTORING = ".companion-restoring-"
"""What is being brought back, until all of it is there."""

DAY_SECONDS = 24 * 3600


@contextmanager
def own_folder(beside: Path, prefix: str) -> Iterator[Path]:
    """A folder of our own, readable by its owner only, on the disk of that folder; it goes when we leave. Those that
    others left there a day ago or longer, because they were killed, go with it."""
    own = Path(tempfile.mkdtemp(prefix=prefix, dir=beside))
    try:
        _clear(own, prefix)
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _clear(own: Path, prefix: str) -> None:
    """By the clock of the disk."""
    began = own.stat().st_mtime
    for other in own.parent.glob(f"{prefix}*"):
        if other.stat().st_mtime <= began - DAY_SECONDS:
            shutil.rmtree(other, ignore_errors=True)
