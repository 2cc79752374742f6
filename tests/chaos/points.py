"""Forked workers are killed at every named point, over and over: each time in a copy of a story's beginning, at the
point's turn, and often again while another goes on; then the story has to have ended once.

The stories, and how each has to end, are those of tests/test_crashes.py; here they are gone through by the thousand.

Killers take turns. Each is a process of its own without threads, which imports and begins stories once and forks
each worker from what is in its memory: a fresh process for each would spend most of its life on importing.
"""

import gc
import logging
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from multiprocessing.connection import Connection, wait
from pathlib import Path

import structlog

from companion.crash_points import Point
from tests.crashes.scenes import Deed, GoOn, beat, perform
from tests.test_crashes import CASES, LEASES_ARE_OVER
from tests.world import World

FRESH = multiprocessing.get_context("forkserver")
FRESH.set_forkserver_preload(["tests.chaos.points"])
WARM = multiprocessing.get_context("fork")

AT_ONCE, FEW = 2, 100
"""Killers; for a few kills one will do, since each begins its stories by itself."""
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
    killed, wrong = Counter[str](), list[str]()
    if not kills:
        return killed, wrong
    with tempfile.TemporaryDirectory(dir=FAST if FAST.is_dir() else None, prefix="companion-points-") as folder:
        killers, ends_at = AT_ONCE if kills > FEW else 1, time.monotonic() + seconds
        share = -(-kills // killers)
        turns = [count(first, killers) for first in range(killers)]
        for point, complaint in _told_by([(Path(folder), seed, share, ends_at, own) for own in turns]):
            if complaint:
                wrong.append(complaint)
                say(complaint)
            else:
                killed[point] += 1
                if killed.total() % 250 == 0:
                    say(f"seed {seed}  {killed.total()} killed at points")
    return killed, wrong


def _told_by(killers: list[tuple[Path, int, int, float, Iterator[int]]]) -> Iterator[tuple[str, str]]:
    """What the killers have to tell, until the last has ended: a point and nothing, or nothing and a complaint."""
    heard = [_began_to_kill(*each) for each in killers]
    while heard:
        for told in wait(heard):
            assert isinstance(told, Connection)
            try:
                yield told.recv()
            except EOFError:
                heard.remove(told)


def _began_to_kill(*arguments: object) -> Connection:
    told, telling = FRESH.Pipe(duplex=False)
    FRESH.Process(target=_kill_and_tell, args=(*arguments, telling)).start()
    telling.close()
    return told


def _kill_and_tell(
    folder: Path, seed: int, kills: int, ends_at: float, turns: Iterator[int], telling: Connection
) -> None:
    """The life of a killer."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        _Killer(folder, seed, kills, ends_at, telling).run(turns)
    except Exception as broken:  # whatever it was, the run did not do what it says
        telling.send(("", f"seed {seed}: the killer itself broke: {broken!r}"))
        raise


class _Killer:
    """Turns are numbered; everything in a turn follows from the seed and its number."""

    def __init__(self, folder: Path, seed: int, kills: int, ends_at: float, telling: Connection) -> None:
        self._folder, self._seed, self._left, self._ends_at, self._telling = folder, seed, kills, ends_at, telling

    def run(self, turns: Iterator[int]) -> None:
        """Its own turns, of which there is no end."""
        while self._left > 0 and time.monotonic() < self._ends_at:
            turn = next(turns)
            point, begin, check = CASES[turn % len(CASES)]
            is_separate = turn // len(CASES) // ROUNDS % 2 == 1
            self._take(turn, point, begun(self._folder, begin, check, is_separate))

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
            self._complain(turn, point, f"was not reached, ended with {died}")
            return
        self._note(point)
        at = beginning.at
        if dice.random() < AGAIN:
            other, at = dice.choice(OF_A_BEAT), at + LEASES_ARE_OVER
            if _in_a_process(perform, folder, at, beginning.is_separate, beat, other) == -signal.SIGKILL:
                self._note(other)
        ended = _in_a_process(go_on_and_check, folder, at, beginning)
        if ended != 0:
            self._complain(turn, point, f"{beginning.check.__name__} does not hold, ended with {ended}")

    def _note(self, point: Point) -> None:
        self._left -= 1
        self._telling.send((point.value, ""))

    def _complain(self, turn: int, point: Point, what: str) -> None:
        self._left -= 1  # else one that never is reached would go on until the time is over
        self._telling.send(("", f"seed {self._seed} turn {turn}, {point.value}: {what}"))


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
        _rehearse(folder / "rehearsal", _begun[key])
        gc.freeze()  # a worker would touch, and so copy, all that is here to look for garbage
    return _begun[key]


def _rehearse(folder: Path, beginning: Beginning) -> None:
    """Goes through the story once in a copy, with nobody killed: what is imported and worked out only when it is
    needed is then in memory where workers fork from. They open their databases anew."""
    folder = Path(f"{folder}-{os.getpid()}")
    shutil.copytree(beginning.folder, folder)
    perform(folder, beginning.at, beginning.is_separate, beginning.deed, None)
    go_on_and_check(folder, beginning.at, beginning)
    shutil.rmtree(folder)


def go_on_and_check(folder: Path, at: datetime, beginning: Beginning) -> None:
    """In a process of its own: the deed is asked for again, and the story has to have ended."""
    world = World(folder, starts_at=at, separate_readings=beginning.is_separate)
    GoOn(beginning.deed, LEASES_ARE_OVER)(world)
    beginning.check(world)


def _quietly(target: Callable[..., None], *arguments: object) -> None:
    """What it logs is nobody's; what breaks it is told."""
    gc.disable()  # it lives for a second
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    target(*arguments)


def _in_a_process(target: Callable[..., None], *arguments: object) -> int | None:
    """Its exit code; None for one that came to no end, and is ended."""
    process = WARM.Process(target=_quietly, args=(target, *arguments))
    process.start()
    process.join(PATIENCE_S)
    ended = process.exitcode
    if ended is None:
        process.kill()
    return ended
