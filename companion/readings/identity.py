"""A record's own identity: what makes the same record recognisable when it comes again."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

IDENTITY_BYTES = 16
TIME_BYTES = 5
"""Seconds since the year 1: enough for every year a calendar here knows."""


class Identities:
    """The identities of records that share something: a device, or the way they came."""

    def __init__(self, *shared: bytes) -> None:
        self._shared = hashlib.blake2b(_told_apart(shared), digest_size=IDENTITY_BYTES - TIME_BYTES)

    def of(self, own_time: datetime, record: bytes) -> bytes:
        """16 bytes that stand for the record. `own_time` is naive, as its device or file tells it."""
        (identity,) = self.of_all([own_time], [record])
        return identity

    def of_all(self, own_times: Sequence[datetime], records: Sequence[bytes]) -> list[bytes]:
        """The identity of each record.

        The time comes first, so that records that were taken one after the other lie side by side in the ledger:
        with a bare hash every batch would rewrite most of its pages.
        """
        identities = []
        for time, record in zip(own_times, records, strict=True):
            second = time.toordinal() * 86400 + time.hour * 3600 + time.minute * 60 + time.second
            digest = self._shared.copy()
            digest.update(record)
            identities.append(second.to_bytes(TIME_BYTES, "big") + digest.digest())
        return identities


def content_identity(*parts: bytes) -> bytes:
    """16 bytes that stand for something without a time of its own."""
    return hashlib.blake2b(_told_apart(parts), digest_size=IDENTITY_BYTES).digest()


def _told_apart(parts: Iterable[bytes]) -> bytes:
    """The parts in their order, each with its length: ("a", "bc") is not ("ab", "c")."""
    return b"".join([len(part).to_bytes(4, "big") + part for part in parts])


def sequence_from(identity: bytes) -> int:
    """A sequence number for a record that brings none: stable, and different for different records."""
    return int.from_bytes(identity[-4:], "big") >> 1
