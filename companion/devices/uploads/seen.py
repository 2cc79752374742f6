"""Which records of a file have been met before, whatever their number: the oldest are kept outside the memory."""

import sqlite3

_MOST_IN_MEMORY = 300_000
"""About 30 MB."""
_CACHE_KIB = 16 * 1024


class Seen:
    """A set of whole numbers that only grows.

    Beyond a limit they move to a private temporary database, which SQLite itself deletes: the one thing that
    reading an upload ever writes, and nobody else can see it.
    """

    def __init__(self, most_in_memory: int = _MOST_IN_MEMORY) -> None:
        self._most = most_in_memory
        self._recent: set[int] = set()
        self._older: sqlite3.Connection | None = None

    def is_new(self, key: int) -> bool:
        """Whether that number was never met; from now on it was."""
        recent = self._recent
        size = len(recent)
        recent.add(key)
        if len(recent) == size or (self._older is not None and self._is_older(key)):
            return False
        if size >= self._most:
            self._put_away()
        return True

    def _is_older(self, key: int) -> bool:
        assert self._older is not None, "only asked once there are older ones"
        return self._older.execute("SELECT 1 FROM seen WHERE key = ?", (_stored(key),)).fetchone() is not None

    def _put_away(self) -> None:
        if self._older is None:
            self._older = sqlite3.connect("", isolation_level=None)
            self._older.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            self._older.execute("PRAGMA synchronous = OFF")
            self._older.execute("CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID")
        rows = sorted((_stored(key),) for key in self._recent)
        self._older.execute("BEGIN")
        self._older.executemany("INSERT INTO seen VALUES (?)", rows)
        self._older.execute("COMMIT")
        self._recent.clear()


def _stored(key: int) -> bytes:
    return key.to_bytes((key.bit_length() + 7) // 8, "big")
