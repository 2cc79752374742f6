"""A hub killed by SIGKILL at every named point, at its first, a middle and a late time: once it starts again, all the
records are at the service, each once."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from companion.crash_points import Point
from companion.devices.models import Device
from companion.readings.reading import Metric
from firmware_mocks.lives import rising_mornings
from tests.forking import PROCESSES, forked_knowing
from tests.hub.household import Household, Hub, Machine, add_paired
from tests.hub.scenes import read_and_send

knowing = forked_knowing("tests.hub.scenes")
ROOT = Path(__file__).parents[2]

TIMES: dict[Point, tuple[int, ...]] = {
    Point.HUB_BEFORE_KEEP: (1, 20, 75),
    Point.HUB_AFTER_KEEP: (10, 40),
    Point.HUB_BEFORE_SESSION_END: (1, 2),
    Point.HUB_AFTER_SESSION_END: (1, 2),
    Point.HUB_BEFORE_SEND: (1, 2, 3),
    Point.HUB_AFTER_ANSWER: (1, 2),
}
"""When it dies: a life of the hub keeps some ninety values of two sessions, and sends a device or two and as many
batches."""
CASES = [(point, time) for point, times in TIMES.items() for time in times]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    home = Household(tmp_path)
    home.house.clock.instant = datetime.now(home.house.clock.instant.tzinfo)
    with home.service():
        yield home


@pytest.fixture
def air(tmp_path: Path, home: Household) -> Iterator[dict[str, str]]:
    """The virtual meter and cuff in a process that nobody kills; they remember their bonds, as the hub does."""
    arguments = ["--life", "rising_mornings", "--end", home.local().isoformat(timespec="seconds")]
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware_mocks", *arguments, "--keystore-dir", str(tmp_path / "bonds")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())
    process.terminate()
    process.wait(10)


def live(home: Household, backend: str, killed_at: Point | None = None, at_the: int = 0) -> int | None:
    arguments = (home.folder / "hub", backend, 2, killed_at, at_the)
    process = PROCESSES.Process(target=read_and_send, args=arguments)
    process.start()
    process.join(60)
    return process.exitcode


def test_every_point_of_the_hub_has_its_times() -> None:
    assert set(TIMES) == {point for point in Point if point.startswith("hub.")}


@pytest.mark.slow
@pytest.mark.parametrize(("point", "at_the"), CASES, ids=lambda value: str(value))
def test_killed_anywhere_the_hub_brings_every_record_once(
    home: Household, air: dict[str, str], tmp_path: Path, point: Point, at_the: int
) -> None:
    backend = f"tcp-client:127.0.0.1:{air['tcp']}?keystore={tmp_path / 'hub-bonds.json'}"
    hub = Hub(home, radio=None, machine=Machine(home.house.now))  # type: ignore[arg-type]
    hub.pair()
    for kind in ("meter", "cuff"):
        add_paired(hub.spool, air[kind], kind)
    hub.spool.close()

    died = live(home, backend, point, at_the)
    ended = [live(home, backend) for _ in range(2)]

    life = rising_mornings(home.local())
    assert (died, ended) == (-signal.SIGKILL, [0, 0])
    assert home.values() == [int(record.value.scaleb(5)) for record in life.glucose]
    assert len(home.house.readings(Metric.BLOOD_PRESSURE)) == len(life.blood_pressure)
    assert len(home.house.all(Device)) == 2
    assert hub.start_again().waiting == 0
