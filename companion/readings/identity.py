"""A record's own identity: what makes the same record recognisable when it comes again."""

import hashlib
from datetime import datetime
from typing import NamedTuple

from companion.readings.reading import Reading

IDENTITY_BYTES = 16
TIME_BYTES = 5
"""Seconds since the year 1: enough for every year a calendar here knows."""
YEAR_ONE = datetime(1, 1, 1)  # noqa: DTZ001 a device's wall has no zone


class Incoming(NamedTuple):
    """A reading with the identity of the record it was read from."""

    identity: bytes
    reading: Reading


def identity_of(device_time: datetime, *parts: bytes) -> bytes:
    """16 bytes that stand for the record's own time (naive, as its device or file tells it) and its parts.

    The time comes first, so that records that were taken one after the other lie side by side in the ledger:
    with a bare hash every batch would rewrite most of its pages.
    """
    told = b"".join([len(part).to_bytes(4, "big") + part for part in parts])
    second = int((device_time - YEAR_ONE).total_seconds()).to_bytes(TIME_BYTES, "big")
    return second + hashlib.blake2b(told, digest_size=IDENTITY_BYTES - TIME_BYTES).digest()


def content_identity(*parts: bytes) -> bytes:
    """16 bytes that stand for something without a time of its own; each part's length is part of it."""
    told = b"".join([len(part).to_bytes(4, "big") + part for part in parts])
    return hashlib.blake2b(told, digest_size=IDENTITY_BYTES).digest()


def sequence_from(identity: bytes) -> int:
    """A sequence number for a record that brings none: stable, and different for different records."""
    return int.from_bytes(identity[-4:], "big") >> 1
