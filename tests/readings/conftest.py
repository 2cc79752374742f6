"""A readings store of every kind."""

from collections.abc import Iterator

import pytest

from companion.readings.opening import open_store
from companion.readings.store import ReadingStore
from tests.readings.backends import BACKENDS, influx_token


@pytest.fixture(params=BACKENDS)
def readings_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty readings store, of every kind."""
    with BACKENDS[request.param](request) as url:
        yield url


@pytest.fixture
def store(request: pytest.FixtureRequest, readings_url: str) -> ReadingStore:
    """An empty store of every kind."""
    store = open_store(readings_url, token=influx_token(), must_erase=False)
    if "eras" in request.node.name and not store.capabilities().erases_patients:
        pytest.skip(f"{store.capabilities().name} cannot erase: the service does not start on it")
    return store
