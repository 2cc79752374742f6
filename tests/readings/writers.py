"""What other processes do to a readings store. Each function runs in a process of its own."""

import os
import signal
from multiprocessing.connection import Connection

from companion.crash_points import Point, listeners
from companion.readings.opening import open_store
from companion.readings.reading import Reading
from tests.readings.backends import influx_token


def append_all(url: str, batches: list[list[Reading]], told: Connection) -> None:
    """Appends one batch after the other; tells, after each, how many of its readings were new."""
    store = open_store(url, token=influx_token(), must_erase=False)
    for batch in batches:
        told.send(store.append(batch).new)


def die_before_the_commit(url: str, batch: list[Reading]) -> None:
    """Appends the batch, and is killed once it was handed over, before it is durable."""
    listeners.append(
        lambda point: os.kill(os.getpid(), signal.SIGKILL) if point is Point.TAKE_IN_BEFORE_COMMIT else None
    )
    open_store(url, token=influx_token(), must_erase=False).append(batch)
