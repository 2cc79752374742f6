"""The keys that columns open with while rows are read, where nobody hands over a connection.

A page of names asks for as many keys: so they are looked up a block at a time, on a connection of its own that waits
for nobody, and believed for some minutes. What a key sealed that another process destroyed meanwhile is out of the
database by then: that is one transaction.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import Engine

from companion.db import looking, make_engine
from companion.sealing import data_keys
from companion.sealing.cipher import BrokenSealError
from companion.sealing.data_keys import KeyRow
from companion.sealing.master import Wrapped

BELIEVED_S = 300.0
MOST = 50_000
"""Wrapped keys in memory: some 20 MB."""
AT_ONCE = 500
"""People who came one after the other are shown together."""


class _Said(NamedTuple):
    """What the database said of a key, and when; None: it was destroyed."""

    at: float
    wrapped: Wrapped | None


class KnownKeys:
    """Wrapped keys by their ids. `uptime` in seconds."""

    def __init__(self, uptime: Callable[[], float]) -> None:
        self._uptime = uptime
        self._known: dict[str, _Said] = {}

    def note(self, rows: Iterable[KeyRow]) -> None:
        """As the database has just said."""
        if len(self._known) > MOST:
            self._known.clear()
        at = self._uptime()
        self._known.update({row.id: _Said(at, row.wrapped) for row in rows})

    def get(self, key_id: str) -> _Said | None:
        """None for one that has to be looked up."""
        said = self._known.get(key_id)
        return said if said is not None and self._uptime() < said.at + BELIEVED_S else None


class KeyLookup:
    """Looks up keys of that database by connections of its own, closed after use: those of the engine may all be
    taken by threads that wait for a key."""

    def __init__(self, engine: Engine, known: KnownKeys) -> None:
        self._url, self._known = engine.url.render_as_string(hide_password=False), known

    def wrapped(self, key_id: str) -> Wrapped | None:
        """The key; None for one that was destroyed. Raises BrokenSealError for one that there never was."""
        said = self._known.get(key_id) or self._asked(key_id)
        if said is None:
            raise BrokenSealError("a sealed text, by a key that is not here")
        return said.wrapped

    def _asked(self, key_id: str) -> _Said | None:
        with looking(self._beside) as connection:
            self._known.note(data_keys.block_from(connection, key_id, AT_ONCE))
        return self._known.get(key_id)

    @cached_property
    def _beside(self) -> Engine:
        return make_engine(self._url, keeps_connections=False)
