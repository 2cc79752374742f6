"""A record's own identity: what makes the same record recognisable when it comes again."""

import hashlib
from typing import NamedTuple

from companion.readings.reading import Reading

IDENTITY_BYTES = 16


class Incoming(NamedTuple):
    """A reading with the identity of the record it was read from."""

    identity: bytes
    reading: Reading


def identity_of(*parts: bytes) -> bytes:
    """16 bytes that stand for the parts, in their order; each part's length is part of it."""
    digest = hashlib.blake2b(digest_size=IDENTITY_BYTES)
    for part in parts:
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.digest()


def sequence_from(identity: bytes) -> int:
    """A sequence number for a record that brings none: stable, and different for different records."""
    return int.from_bytes(identity[:4], "big") >> 1
