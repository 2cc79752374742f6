"""Connections to addresses that people gave us: to the public internet and nowhere else, whatever a name leads to.

What is connected to is looked at, not what a name server said a moment before: a name may lead somewhere else the
second time it is asked for (DNS rebinding).
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any
from urllib.request import getproxies

from companion.messages.public_numbers import is_public

_is_guarded: ContextVar[bool] = ContextVar("only_public", default=False)


@contextmanager
def only_public() -> Iterator[None]:
    """While it lasts, what this call (and what it starts in its context) connects to is public, or the connection is
    refused as one that nobody answers. Of use where a library opens the connections.

    Behind a proxy it holds nothing: the proxy asks for the name and connects, so the proxy has to refuse.
    """
    _watch()
    token = _is_guarded.set(not getproxies().keys() & {"all", "http", "https"})
    try:
        yield
    finally:
        _is_guarded.reset(token)


@cache
def _watch() -> None:
    """Python tells its audit hooks of every connection before it is made; they stay until the process ends."""
    sys.addaudithook(_look_at)


def _look_at(event: str, told: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not _is_guarded.get():
        return
    address = told[1]
    if isinstance(address, tuple) and not is_public(address[0]):
        raise ConnectionRefusedError("not on the public internet")
