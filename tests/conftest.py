"""What every folder of tests may ask for."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from firmware_mocks.bluez.bus import private_bus
from tests import servers
from tests.one_dialect import share_what_is_compiled
from tests.sealing.plain_details import words_in
from tests.world import World

share_what_is_compiled()

settings.register_profile("thorough", parent=settings(), max_examples=500, deadline=None)
settings.register_profile("everyday", parent=settings(), max_examples=40, deadline=None)
settings.load_profile("everyday")  # `make thorough` asks for the other one; a test that says how many gets so many

MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30
if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    # Thousands of databases wait for a disk that nobody pulls out: killing a process loses nothing of a file in memory.
    os.environ["TMPDIR"], tempfile.tempdir = str(MEMORY), None

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: begun last, one of them would keep a single worker busy at the end."""
    marked = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in marked)


def pytest_collectstart() -> None:
    """What is found stays: to look through all of it again and again for garbage takes a third of the time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on there is garbage; the tests themselves are none."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def logs_of_its_own() -> Iterator[None]:
    """A command sets logs up for the process: on an output that is closed when the test that called it ends."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Anna, her doctor, her family and her meter, on a Wednesday morning."""
    world = World(tmp_path)
    yield world
    assert words_in(world.engine) == []


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server for the whole run; who uses it leaves it empty."""
    with servers.postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def influxdb_server() -> Iterator[servers.HttpServer]:
    """An InfluxDB 1.6.7 for the whole run; who uses it makes a database, and drops it."""
    with servers.influxdb() as server:
        yield server


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Iterator[str]:
    """The URL of an empty database of the test's own on a PostgreSQL server."""
    with servers.own_database(postgresql_url) as url:
        yield url


@pytest.fixture
def sqlite_database(tmp_path: Path) -> str:
    """The URL of an empty SQLite file."""
    return f"sqlite:///{tmp_path / 'companion.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_database")
    return url


@pytest.fixture
def world_on_postgresql(tmp_path: Path, postgresql_database: str) -> Iterator[World]:
    """Everybody of `world`, with the records on PostgreSQL."""
    world = World(tmp_path, database_url=postgresql_database)
    yield world
    world.engine.dispose()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. No longer than a module: its event loop would be in the way of other tests."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing: deploy/install-test-packages installs it")
        pytest.skip("chromium is not installed: see deploy/install-test-packages")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def system_bus(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a D-Bus of the test's own; bleak and the pairing agent take it for the system's."""
    if shutil.which("dbus-daemon") is None:
        if os.environ.get("CI"):
            pytest.fail("dbus-daemon is missing: deploy/install-test-packages installs it")
        pytest.skip("dbus-daemon is not installed: see deploy/install-test-packages")
    with private_bus(tmp_path_factory.mktemp("bus")) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address
