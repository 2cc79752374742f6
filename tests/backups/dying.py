"""A backup, or a restore, in a process of its own, which dies when it has moved so many bytes or come so far."""

import os
import signal
import sys
from pathlib import Path
from typing import NamedTuple

from companion.backups.age_files import keys_in
from companion.backups.make import make_backup
from companion.backups.restore import restore
from companion.clock import system_clock
from companion.crash_points import Point, listeners
from companion.settings import Settings
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


class Dying(NamedTuple):
    """When a restore dies: at that point for that time, or after so many bytes."""

    point: Point | None = None
    at_the: int = 1
    after_bytes: int = sys.maxsize


def restore_and_die(settings: Settings, path: Path, key: str, dying: Dying) -> None:
    """Begins to bring the backup back, and kills itself in the middle of it."""
    left, times = dying.after_bytes, dying.at_the

    def tick(passed: int) -> None:
        nonlocal left
        left -= passed
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def listen(point: Point) -> None:
        nonlocal times
        times -= point is dying.point
        if times <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    listeners.append(listen)
    restore(settings, path, keys_in(key, "the test"), system_clock, OPERATOR, tick=tick)
