"""A new master key, while the service runs: first it is there for every process, then the keys of people are wrapped
anew, some at a time, and only then may older ones go. What people's keys sealed stays as it is."""

from collections.abc import Callable

from sqlalchemy import Engine

from companion.db import writing
from companion.errors import BadInput
from companion.sealing import data_keys
from companion.sealing.keyring import ring_of
from companion.sealing.master import MasterKeyFile

AT_ONCE = 500
"""Keys of one transaction."""


def check(engine: Engine) -> None:
    """That this process can unwrap the keys there are; makes the first master key where none was. Raises Unavailable,
    and BadInput where it cannot be made."""
    with writing(engine) as session:
        ring_of(session.connection()).check(session.connection())


def begin(engine: Engine, file: MasterKeyFile) -> None:
    """One more master key in the file; its first, if keys move there from a service. A change that was cut off is gone
    on with: its key is there already."""
    with writing(engine) as session:
        connection = session.connection()
        data_keys.take_turn(connection)
        if not file.ids():
            file.make_first()
        elif not data_keys.not_under(connection, file.ids()[-1], 1):
            file.add()


def wrap_anew(engine: Engine, tick: Callable[[int], object]) -> int:
    """Every key that is not under the newest master key; how many they were. Cut off, it is done by calling it again:
    a key is under one or the other, and both open it."""
    done = 0
    while some := _wrap_some(engine):
        done += some
        tick(some)
    return done


def forget_older(engine: Engine, file: MasterKeyFile) -> None:
    """Takes all but the newest master key out of the file. Raises BadInput while one of them wraps anything."""
    with writing(engine) as session:
        connection = session.connection()
        data_keys.take_turn(connection)
        if data_keys.not_under(connection, file.ids()[-1], 1):
            raise BadInput("an older one still wraps keys", where="master keys", advice="run `companion keys rotate`")
        file.keep_newest()


def _wrap_some(engine: Engine) -> int:
    with writing(engine) as session:
        connection = session.connection()
        data_keys.take_turn(connection)  # before the file is read: nobody takes a key out of it meanwhile
        ring = ring_of(connection)
        found = data_keys.not_under(connection, ring.masters.ids()[-1], AT_ONCE)
        for key_id, wrapped in found:
            if wrapped is not None:
                data_keys.wrap_anew(connection, key_id, ring.wrap(key_id, ring.unwrap(key_id, wrapped)))
        return len(found)
