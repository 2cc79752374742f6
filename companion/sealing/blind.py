"""Blind indexes: how a sealed value is found again by who knows it, and by nobody who only has the database.

What is kept beside the sealed value is its HMAC-SHA256 under the key of the house, which the master key wraps as it
wraps those of people. No plain hash: all telephone numbers there are can be tried in an hour. Equal values have equal
indexes: whoever has the database sees that two people have one number, and not which.
"""

import hmac
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from companion.sealing.keyring import ring_of

NOTHING = ""
"""The index of nothing: no kept one is equal to it."""
LENGTH = 64
"""Hexadecimal digits."""


def to_keep(where: Connection | Session, about: str, value: str | None, now: datetime) -> str | None:
    """What is kept of that value in the column `about` ("table.column"); of None nothing. Raises Unavailable without
    the master key."""
    if value is None:
        return None
    connection = _connection(where)
    return index(ring_of(connection).made_of_house(connection, now), about, value)


def to_find(where: Connection | Session, about: str, value: str) -> str:
    """What stands in the rows that were kept with that value. Raises Unavailable without the master key."""
    connection = _connection(where)
    key = ring_of(connection).of_house(connection)
    return NOTHING if key is None else index(key, about, value)


def index(key: bytes, about: str, value: str) -> str:
    """No index of one column says anything about another's."""
    return hmac.digest(key, f"{about}\x1f{value}".encode(), "sha256").hex()


def _connection(where: Connection | Session) -> Connection:
    return where.connection() if isinstance(where, Session) else where
