"""Processes of a test, forked from one that has loaded what they need: importing it would be most of their lives."""

import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing import forkserver

import pytest

PROCESSES = multiprocessing.get_context("forkserver")


def forked_knowing(*modules: str) -> Callable[[], Iterator[None]]:
    """A fixture for a file of tests: from its first to its last, `PROCESSES` come from one that has those modules.

    Python has one such server in a process, whose modules are settled by whoever asked last before it began: of
    several files that ask when they are imported, one would have its way."""

    @pytest.fixture(scope="module", autouse=True)
    def knowing() -> Iterator[None]:
        forkserver._forkserver._stop()  # type: ignore[attr-defined]
        PROCESSES.set_forkserver_preload(list(modules))
        yield
        forkserver._forkserver._stop()  # type: ignore[attr-defined]

    return knowing
