"""A few threads for each channel, so that a provider that hangs keeps no other channel's messages waiting."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from companion.messages.channel import Channel

QUEUED_A_THREAD = 7
"""So many messages wait for each thread at most: what is taken leaves soon, before its lease ends."""

MOST_QUEUED_A_THREAD = 31
QUEUE_S = 0.5
"""Where a provider answers quickly more wait, up to so many, as long as the last of them leaves in about this time:
what is taken together costs less, and little is left to be looked up when the process is killed."""

WEIGHT = 0.05
"""Of one answer in what is known of how long they take."""

STUCK_AFTER_S = 1.0


class Lane:
    """The threads of one channel, and how much they have to do."""

    def __init__(self, channel: Channel) -> None:
        threads = channel.caps.at_once
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=channel.name)
        self._threads, self._takes_s = threads, 1.0
        self._pending = 0
        self._moved = time.monotonic()
        self._lock = Lock()

    @property
    def room(self) -> int:
        """How many more pieces of work it takes now; none until half of the last is done, so that much goes at once."""
        free = self._most - self._pending
        return free if 2 * free >= self._most else 0

    @property
    def _most(self) -> int:
        in_time = int(QUEUE_S / self._takes_s)
        return self._threads * (1 + min(max(in_time, QUEUED_A_THREAD), MOST_QUEUED_A_THREAD))

    @property
    def is_stuck(self) -> bool:
        """It is full, and nothing was finished for a while: the provider hangs."""
        return self.room == 0 and time.monotonic() - self._moved > STUCK_AFTER_S

    def submit(self, work: Callable[[], None]) -> None:
        """Has it done as soon as a thread is free. The work raises nothing."""
        with self._lock:
            if not self._pending:
                self._moved = time.monotonic()
            self._pending += 1
        self._pool.submit(self._do, work)

    def _do(self, work: Callable[[], None]) -> None:
        begun = time.monotonic()
        try:
            work()
        finally:
            with self._lock:
                self._pending, self._moved = self._pending - 1, time.monotonic()
                self._takes_s += WEIGHT * (self._moved - begun - self._takes_s)


class Lanes:
    """One lane for every channel of a process."""

    def __init__(self) -> None:
        self._lanes: dict[str, Lane] = {}
        self._lock = Lock()

    def room(self, channels: Iterable[Channel]) -> int:
        """How many pieces of work the channel with the most room takes now."""
        return max((self.of(channel).room for channel in channels), default=0)

    def of(self, channel: Channel) -> Lane:
        with self._lock:
            if channel.name not in self._lanes:
                self._lanes[channel.name] = Lane(channel)
            return self._lanes[channel.name]
