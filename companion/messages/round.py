"""One round of handing over: work on the channels' threads, and its results written down as they come, many at once."""

import time
from collections import Counter
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock

import structlog
from sqlalchemy import Engine

from companion.clock import Clock
from companion.crash_points import Point, reached
from companion.db import writing
from companion.messages.attempts import record
from companion.messages.channel import Channel
from companion.messages.lanes import Lanes
from companion.messages.outcomes import Outcome, Report

log = structlog.get_logger()

TOGETHER = 256
"""So many results share a commit at most."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a thread came back with; no outcome when nothing was learnt."""

    delivery_id: int
    channel: str
    outcome: Outcome | None
    is_look_up: bool = False


class Round:
    """While it is open its own thread writes results down, in batches. What comes back later, from a provider that was
    slow, is written down by the thread that brings it: nobody waits for it."""

    def __init__(self, engine: Engine, lanes: Lanes, clock: Clock) -> None:
        self.counts: Counter[str] = Counter()
        self._engine, self._lanes, self._clock = engine, lanes, clock
        self._results: SimpleQueue[Result] = SimpleQueue()
        self._under_way = 0
        self._is_open = True
        self._lock = Lock()

    @property
    def is_idle(self) -> bool:
        """Nothing is under way."""
        return self._under_way == 0

    def submit(self, channel: Channel, work: Callable[[], Result]) -> None:
        """Has it done on the channel's threads, under the name of the beat (logs). The work raises nothing."""
        self._under_way += 1
        context = copy_context()
        self._lanes.of(channel).submit(lambda: context.run(lambda: self._bring(work())))

    def _bring(self, result: Result) -> None:
        with self._lock:
            if self._is_open:
                self._results.put(result)
                return
        try:
            self._write([result])
        except Exception:  # the attempt stays under its lease, and is looked up
            log.exception("a late result could not be written down", delivery=result.delivery_id)

    def collect(self, seconds: float) -> int:
        """Waits so long for half of what is under way, and writes down all that came; tells how many."""
        results = self._waiting(seconds, min(TOGETHER, (self._under_way + 1) // 2))
        if results:
            self._under_way -= len(results)
            self.counts += self._write(results)
        return len(results)

    def close(self) -> None:
        """Writes down what came meanwhile. From now on results are written down by those who bring them."""
        with self._lock:
            self._is_open = False
        while self.collect(0):
            pass

    def _waiting(self, seconds: float, wanted: int) -> list[Result]:
        results: list[Result] = []
        end = time.monotonic() + seconds
        try:
            while len(results) < TOGETHER:
                left = end - time.monotonic() if len(results) < wanted else 0
                results.append(self._results.get(timeout=left) if left > 0 else self._results.get_nowait())
        except Empty:
            pass
        return results

    def _write(self, results: list[Result]) -> Counter[str]:
        """In one commit. Tells how many met which end."""
        reports = [Report(each.delivery_id, each.outcome) for each in results if each.outcome is not None]
        with writing(self._engine) as session:
            moved = record(session, reports, self._clock())
        reached(Point.DISPATCH_AFTER_COMMIT)
        _tell(results)
        return Counter(_end(each) for each in results if not each.is_look_up or each.delivery_id in moved)


def _end(result: Result) -> str:
    if result.is_look_up or result.outcome is None:
        return "looked_up"
    return result.outcome.state.value


def _tell(results: list[Result]) -> None:
    """One line for all that is alike: no message, no address, nobody's name."""
    alike = Counter(
        (each.channel, each.outcome.state.value, each.outcome.error_code, each.is_look_up)
        for each in results
        if each.outcome is not None
    )
    for (channel, outcome, code, is_look_up), count in alike.items():
        event = "attempts looked up" if is_look_up else "messages handed to channel"
        log.info(event, channel=channel, outcome=outcome, code=code, count=count)
