"""A backup in a process of its own, which dies when it has moved so many bytes."""

import os
import signal
from pathlib import Path

from companion.backups.make import make_backup
from tests.backups.machines import OPERATOR, RECIPIENT, services_in
from tests.world import World


def die_after(folder: Path, path: Path, size: int) -> None:
    """Begins the backup of the world in that folder, and kills itself in the middle of it."""
    left = size

    def tick(passed: int) -> None:
        nonlocal left
        left -= passed
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    make_backup(services_in(World(folder), folder), path, [RECIPIENT], OPERATOR, tick)
