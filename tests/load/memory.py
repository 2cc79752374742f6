"""How much memory processes hold, with those that they started: from /proc, in MB."""

import threading
from pathlib import Path

PAGE_KB = 4
MB = 1_024
EVERY_S = 5.0


def resident_mb(pid: int) -> float:
    """Of the process and its children; what forked ones share counts once for each, so this is the most it can be."""
    total = 0.0
    for each in [pid, *_children(pid)]:
        try:
            total += int(Path(f"/proc/{each}/statm").read_text(encoding="ascii").split()[1]) * PAGE_KB / MB
        except (FileNotFoundError, ProcessLookupError):  # it has just ended
            continue
    return total


def _children(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return []
    return [each for child in map(int, listed) for each in (child, *_children(child))]


class Watch:
    """Looks every few seconds, in a thread of its own, until it is ended."""

    def __init__(self, processes: dict[str, list[int]]) -> None:
        self._processes, self._end = processes, threading.Event()
        self.seen: dict[str, list[float]] = {name: [] for name in processes}
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._end.wait(EVERY_S):
            for name, pids in self._processes.items():
                self.seen[name].append(sum(map(resident_mb, pids)))
