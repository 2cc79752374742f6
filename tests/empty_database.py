"""A database without people, brought up by the migrations once a process: making one anew takes as long as a test."""

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
