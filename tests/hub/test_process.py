"""The process as a whole: what ends it, and what does not."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from companion.devices.radio.link import DeviceUnreachable, Found, anyone
from companion.errors import BadInput
from companion.hub.clock_jumps import jumps
from companion.hub.process import run, run_until_stopped, spool_in
from companion.hub.token_file import FILE_NAME
from tests.devices.air import play
from tests.hub.household import Machine

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


class DeafRadio:
    """Hears nothing, or fails as it is told to."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure, self.asked, self.is_closed = failure, asyncio.Event(), False

    async def find(
        self, service_uuids: Sequence[str], seconds: float, wanted: Callable[[Found], bool] = anyone
    ) -> Found | None:
        self.asked.set()
        if self.failure:
            raise self.failure
        await asyncio.sleep(seconds)
        return None

    async def close(self) -> None:
        self.is_closed = True


def live(folder: Path, radio: DeafRadio, machine: Machine | None = None) -> None:
    spool = spool_in(folder)
    play(run(spool, radio, machine or Machine(NOON), folder), seconds=0.5)  # type: ignore[arg-type]


def test_a_disk_that_takes_nothing_ends_the_hub_with_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="full"):
        live(tmp_path, DeafRadio(sqlite3.OperationalError("database or disk is full")))


def test_a_damaged_token_ends_the_hub_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("{half", encoding="utf-8")

    with pytest.raises(BadInput, match="pair the hub anew"):
        live(tmp_path, DeafRadio())


def test_a_radio_that_is_switched_off_is_waited_for(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        live(tmp_path, DeafRadio(DeviceUnreachable("Bluetooth is off")))


def test_a_clock_that_was_set_while_the_hub_did_not_run_is_noticed(tmp_path: Path) -> None:
    machine = Machine(NOON)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            live(tmp_path, DeafRadio(), machine)
        machine.wall = machine.wall.replace(year=2027)

    (jump,) = jumps(spool_in(tmp_path))
    assert jump.by.days == 365


def test_a_second_hub_in_the_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    first, second = DeafRadio(), DeafRadio()

    async def story() -> None:
        running = asyncio.create_task(run_until_stopped(tmp_path, first))  # type: ignore[arg-type]
        await first.asked.wait()
        with pytest.raises(BadInput, match="already runs"):
            await run_until_stopped(tmp_path, second)  # type: ignore[arg-type]
        assert not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    play(story())

    assert first.is_closed
    assert second.is_closed
