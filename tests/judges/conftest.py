"""Houses in which every page can be opened, and the judges' tools."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.judges import told
from tests.judges.crowd import crowd
from tests.judges.eyes import AXE
from tests.judges.walk import House


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo's story is kept. Of workers that run beside each other one tells it."""
    if not (shutil.which("node") and AXE.exists()):
        missing = "axe-core is not installed (node, and `npm ci` in tests/judges; `make test` does both)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "told-for-the-judges"
    told.tell_once(shared)
    return shared


@pytest.fixture(scope="module")
def crowded(story: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demo's people after two weeks, with something in every list."""
    services = told.told(tmp_path_factory.mktemp("crowded") / "house", story)
    crowd(services)
    with House(services).served() as house:
        yield house


@pytest.fixture(scope="module")
def empty(story: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The same people on their first day: nothing in any list."""
    with House(told.first_day(tmp_path_factory.mktemp("empty"))).served() as house:
        yield house


@pytest.fixture(scope="module")
def later(story: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demo's people after the doctor approved; the patient has yet to say the change back."""
    services = told.told(tmp_path_factory.mktemp("later") / "house", story)
    told.approve(services)
    with House(services).served() as house:
        yield house


@pytest.fixture(scope="module")
def urgent(story: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demo's people after a value of the patient's that cannot wait."""
    services = told.told(tmp_path_factory.mktemp("urgent") / "house", story)
    told.measure_low(services)
    with House(services).served() as house:
        yield house


@pytest.fixture
def fresh(story: Path, tmp_path: Path) -> Callable[[], House]:
    """Makes a house of the test's own, after the demo's two weeks."""
    return lambda: House(told.told(tmp_path / "house", story))
