"""A virtual meter and cuff on a virtual air in this process, and the product's own radio to reach them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from companion.devices.radio.bleak_radio import BleakRadio
from companion.devices.radio.download import download
from companion.devices.radio.fetch import Patience, fetch
from companion.devices.radio.link import Found
from companion.devices.radio.selection import Mark
from companion.devices.radio.session import Order, Session
from firmware_mocks.air import Air
from firmware_mocks.bleak_backend import BumbleBackend
from firmware_mocks.encode import Context, Glucose
from firmware_mocks.peripheral import Peripheral

T = TypeVar("T")
RadioOn = Callable[..., AbstractAsyncContextManager[BleakRadio]]
"""A way to open a radio on an air; also given the passkey that its owner types, where there is one."""
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def now() -> datetime:
    return NOON


def play(story: Coroutine[Any, Any, T], seconds: float = 20) -> T:
    """Runs the story to its end, or fails after so long."""
    return asyncio.run(asyncio.wait_for(story, seconds))


def memory(records: int, first: int = 0) -> list[Glucose]:
    """So many records, one every five hours, every third with a context."""
    return [
        Glucose(
            sequence=(first + number) & 0xFFFF,
            time=datetime(2026, 2, 1, 7, 0) + timedelta(hours=5 * number),
            value=Decimal(80 + number % 200).scaleb(-5),
            context=Context(meal=1 + number % 5) if number % 3 == 0 else None,
        )
        for number in range(records)
    ]


@asynccontextmanager
async def radio_on(air: Air, passkey: int | None = None) -> AsyncIterator[BleakRadio]:
    """A radio of its own on that air; `passkey` is what its owner types for a device that shows one."""
    host, _ = air.new_host("companion")
    radio = BleakRadio(BumbleBackend(host=host, passkey=passkey))
    yield radio
    await radio.close()


async def read_meter(radio: BleakRadio, after: Mark | None = None, idle_timeout: float = 5.0) -> Session:
    """Found by its service, connected, paired where needed, and read, over one link."""
    found = await radio.find(["1808"], seconds=30)
    assert found
    async with radio.connect(found.address, seconds=30) as link:
        return await download(link, Order(now, after, idle_s=idle_timeout, quiet_s=idle_timeout))


QUICK = Patience(first_pause_s=0.0, connect_s=2.0, look_again_s=1.0, settle_s=0.0)


def quick_order(after: Mark | None = None, **changed: Any) -> Order:
    """An order for a device in the same process, which answers at once or never."""
    return replace(Order(now, after, answer_s=1.0, idle_s=0.3, quiet_s=0.3), **changed)


async def fetch_quickly(
    radio: BleakRadio, device: Peripheral, order: Order | None = None, patience: Patience = QUICK
) -> Session:
    """The device's records, over as many links as it takes, as the command and the hub read them."""
    found = Found(device.address, device.name, (f"{device.service:x}",), -50)
    return await fetch(radio, found, order or quick_order(), patience)


def measurements(session: Session) -> list[bytes]:
    return [payload.raw for payload in session.payloads if payload.characteristic == "2a18"]
