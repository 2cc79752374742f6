"""What a hub is doing when it is killed. Everything here runs in a process of its own, on real files and a real air."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

from companion.crash_points import Point, listeners
from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.fetch import Patience
from companion.hub.delivery import Delivery
from companion.hub.machine_clock import machine_clock
from companion.hub.process import spool_in
from companion.hub.reader import Reader
from companion.hub.recovery import recover
from companion.hub.watch import Watch
from firmware_mocks.bleak_backend import open_backend

PATIENCE = Patience(fruitless_links=2, first_pause_s=0.01, connect_s=20, look_again_s=0.3, settle_s=0)


def read_and_send(folder: Path, air: str, devices: int, killed_at: Point | None, at_the: int) -> None:
    """A hub's life from its start until it has read so many devices and sent what it can; or until it reaches the
    point for that time, and dies there by SIGKILL."""
    if killed_at is not None:
        listeners.append(_killer(killed_at, at_the))
    asyncio.run(_live(folder, air, devices))


def _killer(killed_at: Point, at_the: int) -> Callable[[Point], None]:
    left = at_the

    def listen(point: Point) -> None:
        nonlocal left
        left -= point is killed_at
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return listen


async def _live(folder: Path, air: str, devices: int) -> None:
    spool, radio = spool_in(folder), BleakRadio(open_backend(air))
    recover(spool)
    delivery = Delivery(spool, machine_clock, folder)
    reader = Reader(spool, radio, machine_clock, PATIENCE, quiet_s=0.5)
    watch = Watch(spool, radio, reader, machine_clock, zone=lambda: None, read_one=delivery.wake)
    await delivery.turn()
    for _ in range(devices):
        await watch.listen_once(30)
    await delivery.turn()
    await radio.close()
