"""The engines on which the store contract is proven. One joins by a way to open an empty place for readings."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from companion.readings.opening import open_store
from tests.servers import HttpServer, own_database


@contextmanager
def sqlite(request: pytest.FixtureRequest) -> Iterator[str]:
    folder: Path = request.getfixturevalue("tmp_path")
    yield f"sqlite:///{folder / 'readings.db'}"


@contextmanager
def postgresql(request: pytest.FixtureRequest) -> Iterator[str]:
    with own_database(request.getfixturevalue("postgresql_url")) as url:
        yield url


INFLUX_URL, INFLUX_TOKEN = "COMPANION_TEST_INFLUX_URL", "COMPANION_TEST_INFLUX_TOKEN"
"""Environment variables that lead the contract to another InfluxDB: docs/influxdb.md."""


def influx_token() -> str:
    return os.environ.get(INFLUX_TOKEN, "")


@contextmanager
def influxdb(request: pytest.FixtureRequest) -> Iterator[str]:
    if INFLUX_URL in os.environ:
        with emptied(os.environ[INFLUX_URL]) as url:
            yield url
        return
    server: HttpServer = request.getfixturevalue("influxdb_server")
    with influx_database(server) as url:
        yield url


@contextmanager
def influx_database(server: HttpServer) -> Iterator[str]:
    """The URL of a database of its own on that InfluxDB 1.x."""
    name = f"readings_{secrets.token_hex(4)}"
    server.post("/query", q=f"CREATE DATABASE {name} WITH DURATION INF SHARD DURATION 52w")
    try:
        yield f"influxdb://127.0.0.1:{server.port}/{name}"
    finally:
        server.post("/query", q=f"DROP DATABASE {name}")


@contextmanager
def emptied(url: str) -> Iterator[str]:
    """The bucket, emptied before and afterwards; a new one on a server that cannot erase, and makes them itself."""
    store = open_store(url, token=influx_token(), must_erase=False)
    if not store.capabilities().erases_patients:
        bucket, _, rest = url.partition("?")
        yield f"{bucket}_{secrets.token_hex(4)}?{rest}"
        return
    for patient in list(store.patients()):
        store.erase_patient(patient)
    yield url
    for patient in list(store.patients()):
        store.erase_patient(patient)


BACKENDS: dict[str, Callable[[pytest.FixtureRequest], AbstractContextManager[str]]] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
    "influxdb": influxdb,
}
"""Each gives the URL of an empty readings store, as `open_store` takes it; what is in it is gone afterwards."""
