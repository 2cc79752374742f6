"""Forked workers are killed at every named point, over and over: each time in a copy of a story's beginning, at the
point's turn, and often again while another goes on; then the story has to have ended once.

The stories, and how each has to end, are those of tests/test_crashes.py; here they are gone through by the thousand.
"""

import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from companion.crash_points import Point
from tests.crashes.scenes import Deed, GoOn, beat, perform
from tests.test_crashes import CASES, LEASES_ARE_OVER
from tests.world import World

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.chaos.points"])

AT_ONCE = 2
AGAIN = 0.3
"""How often the next heartbeat is killed, too, at a point that it may reach."""
OF_A_BEAT = [point for point in Point if point.startswith(("plan.", "sweep.", "dispatch.", "task.", "take_in."))]
PATIENCE_S = 120
ROUNDS = 20
"""So many times through all cases with readings among the records, then as often with readings in a database apart."""
FAST = Path("/dev/shm")
"""In memory: thousands of copies of a database, each for a second."""


@dataclass(frozen=True)
class Beginning:
    """A story begun, in a folder that is copied for each kill."""

    folder: Path
    at: datetime
    is_separate: bool
    deed: Deed
    check: Callable[[World], None]


def kill_at_points(seed: int, kills: int, seconds: float, say: Callable[[str], None]) -> tuple[Counter[str], list[str]]:
    """So many kills, or as many as that time allows; how many at each point, and what went wrong."""
    if not kills:
        return Counter(), []
    with tempfile.TemporaryDirectory(dir=FAST if FAST.is_dir() else None, prefix="companion-points-") as folder:
        killers = _Killers(Path(folder), seed, kills, time.monotonic() + seconds, say)
        threads = [threading.Thread(target=killers.run) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return killers.killed, killers.wrong


class _Killers:
    """Turns are numbered; everything in a turn follows from the seed and its number."""

    def __init__(self, folder: Path, seed: int, kills: int, ends_at: float, say: Callable[[str], None]) -> None:
        self.killed, self.wrong = Counter[str](), list[str]()
        self._folder, self._seed, self._kills, self._ends_at, self._say = folder, seed, kills, ends_at, say
        self._turns, self._lock = count(), threading.Lock()

    def run(self) -> None:
        while self.killed.total() < self._kills and time.monotonic() < self._ends_at:
            with self._lock:
                turn = next(self._turns)
                point, begin, check = CASES[turn % len(CASES)]
                is_separate = turn // len(CASES) // ROUNDS % 2 == 1
                beginning = begun(self._folder, begin, check, is_separate)
            self._take(turn, point, beginning)

    def _take(self, turn: int, point: Point, beginning: Beginning) -> None:
        folder = self._folder / f"turn-{turn}"
        shutil.copytree(beginning.folder, folder)
        try:
            self._kill(turn, point, beginning, folder)
        finally:
            shutil.rmtree(folder)

    def _kill(self, turn: int, point: Point, beginning: Beginning, folder: Path) -> None:
        dice = random.Random(f"{self._seed} {turn}")
        died = _in_a_process(perform, folder, beginning.at, beginning.is_separate, beginning.deed, point)
        if died != -signal.SIGKILL:
            self._complain(turn, point, f"was not reached: {died}")
            return
        self._note(point)
        at = beginning.at
        if dice.random() < AGAIN:
            other, at = dice.choice(OF_A_BEAT), at + LEASES_ARE_OVER
            if _in_a_process(perform, folder, at, beginning.is_separate, beat, other) == -signal.SIGKILL:
                self._note(other)
        if _in_a_process(go_on_and_check, folder, at, beginning) != 0:
            self._complain(turn, point, f"{beginning.check.__name__} does not hold")

    def _note(self, point: Point) -> None:
        with self._lock:
            self.killed[point.value] += 1
            if self.killed.total() % 250 == 0:
                self._say(f"seed {self._seed}  {self.killed.total()} killed at points")

    def _complain(self, turn: int, point: Point, what: str) -> None:
        with self._lock:
            self.wrong.append(f"seed {self._seed} turn {turn}, {point.value}: {what}")


_begun: dict[tuple[Callable[[World], Deed], bool], Beginning] = {}


def begun(folder: Path, begin: Callable[[World], Deed], check: Callable[[World], None], is_separate: bool) -> Beginning:
    """Told once; whoever needs it again gets a copy."""
    key = begin, is_separate
    if key not in _begun:
        own = Path(tempfile.mkdtemp(dir=folder))
        world = World(own, separate_readings=is_separate)
        deed = begin(world)
        world.engine.dispose()
        _begun[key] = Beginning(own, world.now, is_separate, deed, check)
    return _begun[key]


def go_on_and_check(folder: Path, at: datetime, beginning: Beginning) -> None:
    """In a process of its own: the deed is asked for again, and the story has to have ended."""
    world = World(folder, starts_at=at, separate_readings=beginning.is_separate)
    GoOn(beginning.deed, LEASES_ARE_OVER)(world)
    beginning.check(world)


def _quietly(target: Callable[..., None], *arguments: object) -> None:
    """What it logs is nobody's; what breaks it is told."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    target(*arguments)


def _in_a_process(target: Callable[..., None], *arguments: object) -> int | None:
    process = PROCESSES.Process(target=_quietly, args=(target, *arguments))
    process.start()
    process.join(PATIENCE_S)
    return process.exitcode
