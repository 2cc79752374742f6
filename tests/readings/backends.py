"""The engines on which the store contract is proven. One joins by a way to open an empty place for readings."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.servers import own_database


@contextmanager
def sqlite(request: pytest.FixtureRequest) -> Iterator[str]:
    folder: Path = request.getfixturevalue("tmp_path")
    yield f"sqlite:///{folder / 'readings.db'}"


@contextmanager
def postgresql(request: pytest.FixtureRequest) -> Iterator[str]:
    with own_database(request.getfixturevalue("postgresql_url")) as url:
        yield url


BACKENDS: dict[str, Callable[[pytest.FixtureRequest], AbstractContextManager[str]]] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
}
"""Each gives the URL of an empty readings store, as `open_store` takes it; what is in it is gone afterwards."""
