"""A database without people, brought up by the migrations once a process, and folders with the first people of a story
in it: making them anew takes as long as a test."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from companion.db import make_engine
from companion.migrations import upgrade


def copy_empty_database(folder: Path) -> None:
    """Puts `companion.db` there."""
    shutil.copy(_empty_database(), folder / "companion.db")


@cache
def _empty_database() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="companion-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "empty.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


class FirstDays:
    """Folders as they were when their people had just been added, by who lives there: database, keys and all."""

    def __init__(self) -> None:
        self._kept: dict[type, Path] = {}

    def copy(self, kind: type, folder: Path) -> bool:
        """Puts such a folder's files there; False if none was kept yet."""
        if kind not in self._kept:
            return False
        shutil.copytree(self._kept[kind], folder, dirs_exist_ok=True)
        return True

    def keep(self, kind: type, folder: Path) -> None:
        """Nothing has the database open."""
        kept = Path(tempfile.mkdtemp(prefix="companion-tests-"))
        atexit.register(shutil.rmtree, kept, ignore_errors=True)
        shutil.copytree(folder, kept, dirs_exist_ok=True)
        self._kept[kind] = kept


first_days = FirstDays()
