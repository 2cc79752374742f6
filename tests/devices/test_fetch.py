"""How long a device is tried again, told without a radio and without waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from companion.devices.radio.fetch import Patience, fetch
from companion.devices.radio.link import DeviceUnreachable, Found, Link, PairingRefused
from tests.devices.air import quick_order

METER = Found("C1:00:00:00:18:08", "meter", ("1808",), -50)


class DeafRadio:
    """Connects to nothing, and says why."""

    def __init__(self, error: type[DeviceUnreachable | PairingRefused]) -> None:
        self._error = error
        self.tried: list[float] = []

    @asynccontextmanager
    async def connect(self, address: str, *, pair: bool = True, seconds: float = 30.0) -> AsyncIterator[Link]:
        self.tried.append(seconds)
        raise self._error("nobody is there", where=address)
        yield  # pragma: no cover - a context manager has to


def tried(radio: DeafRadio, patience: Patience) -> list[float]:
    """The pauses until it is given up."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    with pytest.raises((DeviceUnreachable, PairingRefused), match="nobody is there"):
        asyncio.run(fetch(radio, METER, quick_order(), patience, sleep))  # type: ignore[arg-type]
    return pauses


def test_pauses_grow_and_the_number_of_links_is_bounded() -> None:
    radio = DeafRadio(DeviceUnreachable)

    pauses = tried(radio, Patience(fruitless_links=5, first_pause_s=1.5, connect_s=20.0))

    assert pauses == [1.5, 3.0, 6.0, 12.0]
    assert radio.tried == [20.0] * 5


def test_a_pairing_that_was_refused_is_not_tried_again() -> None:
    radio = DeafRadio(PairingRefused)

    pauses = tried(radio, Patience())

    assert (pauses, len(radio.tried)) == ([], 1)
