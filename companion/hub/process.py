"""The hub: one process that listens, keeps and sends until it is stopped."""

import asyncio
import fcntl
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from companion.devices.radio.link import Radio
from companion.errors import BadInput
from companion.hub.delivery import Delivery
from companion.hub.machine_clock import MachineClock, machine_clock
from companion.hub.reader import Reader
from companion.hub.recovery import recover
from companion.hub.spool import Spool, open_spool
from companion.hub.watch import Watch

log = structlog.get_logger()

SPOOL_FILE = "spool.db"
LOCK_FILE = "hub.lock"


def spool_in(folder: Path) -> Spool:
    """The hub's spool."""
    return open_spool(folder / SPOOL_FILE)


async def run_until_stopped(folder: Path, radio: Radio, clock: MachineClock = machine_clock) -> None:
    """Listens and sends until SIGTERM or Ctrl-C. Raises BadInput when a hub already works in that folder."""
    spool = spool_in(folder)
    try:
        with _alone(folder):
            running = asyncio.ensure_future(run(spool, radio, clock, folder))
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, running.cancel)
            await running
    except asyncio.CancelledError:
        log.info("stopped")
    finally:
        await radio.close()
        spool.close()


async def run(spool: Spool, radio: Radio, clock: MachineClock, folder: Path) -> None:
    """Listens and sends until it is cancelled, or one of the two cannot go on (a full disk, a damaged token)."""
    if found := recover(spool):
        log.warning("sessions were cut off", count=found)
    delivery = Delivery(spool, clock, folder)
    reader = Reader(spool, radio, clock)
    watch = Watch(spool, radio, reader, clock, zone=delivery.zone, read_one=delivery.wake)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watch.run())
            tasks.create_task(delivery.run())
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None  # the first stopped the other


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """The system lets go of the lock when the process ends, however it ends."""
    with (folder / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadInput("a hub already runs here", where=str(folder), advice="stop it first") from None
        yield
