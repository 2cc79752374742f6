"""The spool: one SQLite file that keeps what devices sent until the service has it.

With `synchronous=FULL` what was written when a call returns outlives a power cut. One process reads devices and sends;
others may look, pair devices and put batches back meanwhile.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from companion.errors import BadInput
from companion.hub.spool_schema import SCHEMA, VERSION

Spool = sqlite3.Connection


def open_spool(path: Path) -> Spool:
    """The file, made if need be, for its owner only. Raises BadInput for one of another version."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    spool = sqlite3.connect(path, isolation_level=None, timeout=15)
    spool.row_factory = sqlite3.Row
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        spool.execute(f"PRAGMA {pragma}")
    with writing(spool):
        _make_tables(spool, path)
    return spool


def _make_tables(spool: Spool, path: Path) -> None:
    (version,) = spool.execute("PRAGMA user_version").fetchone()
    if version == 0:
        for statement in SCHEMA:
            spool.execute(statement)
        spool.execute(f"PRAGMA user_version = {VERSION}")
    elif version != VERSION:
        raise BadInput(f"is of version {version}", where=str(path), advice="install the companion that made it")


@contextmanager
def writing(spool: Spool) -> Iterator[None]:
    """One transaction: on disk at the end, undone on any exception."""
    spool.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        spool.execute("ROLLBACK")
        raise
    spool.execute("COMMIT")


def note_fact(spool: Spool, name: str, value: str) -> None:
    """Something worth knowing after a restart, by its name."""
    spool.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))


def fact(spool: Spool, name: str) -> str:
    """What was noted last; "" for nothing."""
    row = spool.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
    return str(row["value"]) if row else ""


def as_text(instant: datetime) -> str:
    """As instants stand in the spool: RFC 3339 in UTC."""
    return instant.astimezone(UTC).isoformat()


def as_instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
