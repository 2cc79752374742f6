"""The processes of the compose file, without containers: two of web and two of jobs on PostgreSQL and InfluxDB."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from companion.clock import system_clock
from companion.db import reading
from companion.jobs import last_beat
from companion.readings.reading import Metric
from tests.readings.backends import influx_database
from tests.servers import HttpServer, free_port, own_database
from tests.web.loop.test_batches import METER, batch, code_of
from tests.world import World

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
"""A busy machine needs a while for eight processes; a quiet one is ready in five seconds."""
KEY = "k" * 40
"""Given, as it must be where several machines share it."""


class Clinic:
    """Its world in the databases, the addresses of two web processes, and two jobs processes."""

    def __init__(self, world: Any, addresses: list[str], jobs: "list[subprocess.Popen[bytes]]") -> None:
        self.world, self.addresses, self.jobs = world, addresses, jobs

    def post(self, address: str, path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
        """The answer of that web process."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        request = Request(f"{address}/api/v1{path}", json.dumps(body).encode(), headers)
        with urlopen(request, timeout=10) as answer:
            found = json.load(answer)
        assert isinstance(found, dict)
        return found

    def wait_for_a_beat(self) -> None:
        """One that is not yet there."""
        before = self._beat_at()
        _wait_for(lambda: self._beat_at() != before)

    def _beat_at(self) -> datetime | None:
        with reading(self.world.engine) as session:
            return last_beat(session)


@pytest.fixture(scope="module")
def clinic(
    postgresql_url: str, influxdb_server: HttpServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Clinic]:
    folder = tmp_path_factory.mktemp("clinic")
    with ExitStack() as stack:
        database = stack.enter_context(own_database(postgresql_url))
        readings = stack.enter_context(influx_database(influxdb_server))
        world = World(folder, database_url=database, readings_url=readings, starts_at=_this_second())
        stack.callback(world.engine.dispose)
        addresses = [stack.enter_context(_web(world, folder)) for _ in range(2)]
        jobs = [stack.enter_context(_process(world, folder, "jobs")) for _ in range(2)]
        for address in addresses:
            _wait_for(lambda address=address: _answers(address))
        yield Clinic(world, addresses, jobs)


def _this_second() -> datetime:
    """Real processes go by the real clock."""
    return system_clock().replace(microsecond=0)


@contextmanager
def _web(world: World, folder: Path) -> Iterator[str]:
    port = free_port()
    with _process(world, folder, "serve", COMPANION_PORT=str(port)):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _process(world: World, folder: Path, command: str, **more: str) -> "Iterator[subprocess.Popen[bytes]]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMPANION_")}
    settings = {"COMPANION_SECRET_KEY": KEY, "COMPANION_HEARTBEAT_SECONDS": "1", "PYTHONPATH": str(ROOT)}
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "companion.cli", command],
            cwd=folder,
            env=kept | world.environment | settings | more,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _answers(address: str) -> bool:
    try:
        with urlopen(f"{address}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError, TimeoutError):  # not listening yet, or no beat yet
        return False


def _wait_for(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def test_what_one_web_process_takes_in_the_other_knows(clinic: Clinic) -> None:
    one, other = clinic.addresses
    world = clinic.world
    token = clinic.post(one, "/hubs:pair", {"code": code_of(world), "name": "Kitchen"})["token"]
    clinic.post(one, "/devices", METER, token)
    world.clock.instant = _this_second()
    sent = batch(world, world.payloads(140, world.now))

    taken = clinic.post(one, "/readings:batch", sent, token)
    again = clinic.post(other, "/readings:batch", sent, token)

    assert (taken["new"], taken["known"]) == (1, 0)
    assert (again["new"], again["known"]) == (0, 1)
    assert [found.value for found in world.readings(Metric.GLUCOSE)] == [140]


def test_either_jobs_process_goes_on_when_the_other_is_killed(clinic: Clinic, tmp_path: Path) -> None:
    first, second = clinic.jobs
    first.kill()
    clinic.wait_for_a_beat()
    with _process(clinic.world, tmp_path, "jobs"):
        second.kill()

        clinic.wait_for_a_beat()
