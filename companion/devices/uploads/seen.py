"""Which records of a file have been met before, whatever their number: the oldest are kept outside the memory."""

import sqlite3

_MOST_IN_MEMORY = 400_000
"""Some 30 MB."""
_CACHE_KIB = 16 * 1024


class Seen:
    """Pairs of whole numbers, of what and when; they only become more.

    Beyond a limit they move to a private temporary database, which SQLite itself deletes: the one thing that
    reading an upload ever writes, and nobody else can see it.
    """

    def __init__(self, most_in_memory: int = _MOST_IN_MEMORY) -> None:
        self._most = self._room = most_in_memory
        self._times: dict[int, set[int]] = {}
        self._older: sqlite3.Connection | None = None

    def times_of(self, what: int) -> set[int]:
        """The times of that in the memory. To be asked for once, and given back to `is_new` each time."""
        return self._times.setdefault(what, set())

    def is_new(self, what: int, times: set[int], when: int) -> bool:
        """Whether that pair was never met; from now on it was."""
        if when in times or (self._older is not None and self._is_older(what, when)):
            return False
        times.add(when)
        self._room -= 1
        if not self._room:
            self._put_away()
        return True

    def _is_older(self, what: int, when: int) -> bool:
        assert self._older is not None, "only asked once there are older ones"
        return self._older.execute("SELECT 1 FROM seen WHERE pair = ?", (_stored(what, when),)).fetchone() is not None

    def _put_away(self) -> None:
        if self._older is None:
            self._older = sqlite3.connect("", isolation_level=None)
            self._older.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            self._older.execute("PRAGMA synchronous = OFF")
            self._older.execute("CREATE TABLE seen (pair BLOB PRIMARY KEY) WITHOUT ROWID")
        self._older.execute("BEGIN")
        for what, times in sorted(self._times.items()):
            self._older.executemany("INSERT INTO seen VALUES (?)", [(_stored(what, when),) for when in sorted(times)])
            times.clear()
        self._older.execute("COMMIT")
        self._room = self._most


def _stored(what: int, when: int) -> bytes:
    return what.to_bytes(12, "big") + when.to_bytes(32, "big")
