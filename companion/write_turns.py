"""Whose turn it is to write to an SQLite file, over all threads and processes of this machine.

SQLite keeps no queue: who waits for its lock asks again after up to a tenth of a second, and whoever writes without a
pause has taken it again by then. Where web wrote, jobs came to nothing for minutes. So whoever wants the lock first
gets hold of a file beside the database, and lets go of it with the lock in hand: only one waits for the lock, and
whoever has just written comes after that one.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

ASKED_EVERY_S = 0.002
LONGEST_WAIT_S = 5.0
SUFFIX = ".turn"


@contextmanager
def own_turn(database: str, wait_s: float = LONGEST_WAIT_S) -> Iterator[None]:
    """Waits until nobody else is waiting for that file's lock. A courtesy, never a condition: whoever has waited so
    long goes on without it, since a process that was stopped may have it; SQLite's lock decides."""
    turn = os.open(database + SUFFIX, os.O_RDONLY | os.O_CREAT, 0o600)
    try:
        ends_at = time.monotonic() + wait_s
        while not _is_ours(turn) and time.monotonic() < ends_at:
            time.sleep(ASKED_EVERY_S)
        yield
    finally:
        os.close(turn)  # which lets go of it, as death does


def _is_ours(turn: int) -> bool:
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
