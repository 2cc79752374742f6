"""The keys of people, unwrapped while they are needed: who seals asks for a person's key, who opens for a key's id."""

import secrets
import time
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import Dialect

from companion.errors import BadInput, Unavailable
from companion.sealing import data_keys
from companion.sealing.cipher import KEY_BYTES, KEY_ID_BYTES
from companion.sealing.data_keys import KeyRow
from companion.sealing.known import KeyLookup, KnownKeys
from companion.sealing.master import AGAIN, KeyWrapper, Wrapped

KEYS = "companion_sealing_keys"
"""The name under which an engine carries its key ring."""
UNSAID = "who seals says before by which keys: use_keys(engine, …)"
REMEMBERED = 16_384
"""Keys that a process keeps unwrapped: a key management service is not asked for each value."""


class DataSecret(NamedTuple):
    """A key that seals, with its id of 8 bytes."""

    id: bytes
    key: bytes


class KeyRing:
    """Keys by the master keys of `masters`. The database says each time which key there is: one that was destroyed is
    not used from memory, and one of a transaction that was rolled back seals nothing."""

    def __init__(self, masters: KeyWrapper, uptime: Callable[[], float] = time.monotonic) -> None:
        self.masters = masters
        self.known = KnownKeys(uptime)
        self._unwrapped = lru_cache(REMEMBERED)(self._unwrap)

    def to_seal(self, connection: Connection, person_id: int, now: datetime) -> DataSecret:
        """The person's key, made if there is none. Raises BadInput for somebody who was erased, Unavailable without the
        master key."""
        row = data_keys.key_of(connection, person_id) or self._made(connection, person_id, now)
        self.known.note([row])  # of this transaction perhaps, in which nobody else could look it up
        if row.wrapped is None:
            raise BadInput("was erased: nothing more is kept", where="person")
        return DataSecret(bytes.fromhex(row.id), self._unwrapped(row.id, row.wrapped))

    def of_house(self, connection: Connection) -> bytes | None:
        """The key of the house; None while there is none. It is not remembered by its row, which may be of a
        transaction that is rolled back."""
        row = data_keys.house_key(connection)
        return None if row is None or row.wrapped is None else self._unwrapped(row.id, row.wrapped)

    def made_of_house(self, connection: Connection, now: datetime) -> bytes:
        """The same, made if there is none. Raises as `to_seal` does."""
        key = self.of_house(connection)
        if key is None:
            self._make(connection, data_keys.HOUSE, None, now)
            key = self.of_house(connection)
        assert key is not None, "it was added, or was there"
        return key

    def to_open(self, connection: Connection, ids: Iterable[bytes]) -> dict[bytes, bytes]:
        """Those keys by their ids; the ones that were destroyed are not among them."""
        found = data_keys.keys_with(connection, {each.hex() for each in ids})
        return {bytes.fromhex(key_id): self._unwrapped(key_id, wrapped) for key_id, wrapped in found.items()}

    def check(self, connection: Connection) -> None:
        """For a start: that every key there is can be unwrapped here; makes the first master key where nothing is
        sealed yet. Raises Unavailable without a master key that is needed, BadInput where none may be made."""
        self._have(data_keys.wrapped_by(connection))
        self._have_one(connection)

    def wrap(self, key_id: str, key: bytes) -> Wrapped:
        """Under the newest master key."""
        return self.masters.wrap(key, _about(key_id))

    def unwrap(self, key_id: str, wrapped: Wrapped) -> bytes:
        return self._unwrapped(key_id, wrapped)

    def _made(self, connection: Connection, person_id: int, now: datetime) -> KeyRow:
        """The other one, if somebody was faster. Who seals unwraps it next: so a master key that was taken away while
        this was written is noticed before anything depends on it."""
        self._make(connection, secrets.token_hex(KEY_ID_BYTES), person_id, now)
        made = data_keys.key_of(connection, person_id)
        assert made is not None, "it was added, or was there"
        return made

    def _make(self, connection: Connection, key_id: str, person_id: int | None, now: datetime) -> None:
        self._have_one(connection)
        wrapped = self.wrap(key_id, secrets.token_bytes(KEY_BYTES))
        data_keys.add(connection, key_id, wrapped, person_id, now)

    def _have_one(self, connection: Connection) -> None:
        """A second master key in place of one that is lost would only hide that: the first is made while nobody else
        can seal anything."""
        master = data_keys.any_master(connection)
        if master is None:
            data_keys.take_turn(connection)
            master = data_keys.any_master(connection)
        if master is not None:
            self._have([master])
        elif not self.masters.ids():
            self.masters.make_first()

    def _have(self, masters: Collection[str]) -> None:
        missing = set(masters).difference(self.masters.ids())
        if missing:
            raise Unavailable(f"master key {min(missing)} is not here", where="sealed data", advice=AGAIN)

    def _unwrap(self, key_id: str, wrapped: Wrapped) -> bytes:
        return self.masters.unwrap(wrapped, _about(key_id))


def _about(key_id: str) -> bytes:
    return b"companion data key " + key_id.encode()


class Opener:
    """Opens columns that are read without anybody handing over a connection (`companion.sealing.texts`)."""

    def __init__(self, engine: Engine, ring: KeyRing) -> None:
        self._ring, self._lookup = ring, KeyLookup(engine, ring.known)

    def key(self, key_id: bytes) -> bytes | None:
        """None for one that was destroyed. Raises BrokenSealError for one that there never was, Unavailable without
        the master key."""
        name = key_id.hex()
        wrapped = self._lookup.wrapped(name)
        return None if wrapped is None else self._ring.unwrap(name, wrapped)

    def has(self, key_id: bytes) -> bool:
        """Whether there is still the key, which opened something before."""
        return self._lookup.wrapped(key_id.hex()) is not None


def use_keys(engine: Engine, ring: KeyRing) -> None:
    """From now on what is sealed in that database is sealed by that ring. What reads a column knows no more of where
    it reads than the engine's dialect."""
    engine.update_execution_options(**{KEYS: ring})
    setattr(engine.dialect, KEYS, Opener(engine, ring))


def ring_of(connection: Connection) -> KeyRing:
    """The ring of the connection's database."""
    ring = connection.get_execution_options().get(KEYS)
    assert isinstance(ring, KeyRing), UNSAID
    return ring


def opener_of(dialect: Dialect) -> Opener:
    """What opens the columns of the engine with that dialect."""
    opener = getattr(dialect, KEYS, None)
    assert isinstance(opener, Opener), UNSAID
    return opener
