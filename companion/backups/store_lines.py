"""Readings of a store that is no database of ours (an InfluxDB), by what every store can do: export, and append."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

from companion.backups import reading_lines
from companion.backups.databases import NO_REVISION, Snapshot
from companion.errors import BadInput
from companion.readings.reading import Reading
from companion.readings.store import ReadingStore

READINGS = "readings"
AT_ONCE = 5000
"""So many readings are in memory, and in one append."""


@contextmanager
def snapshot(store: ReadingStore) -> Iterator[Snapshot]:
    """Patient by patient, each as it is when it is read: such a store has no instant. It is read after the records, so
    that nothing they know of is missing; the count is right when all was read."""
    counts = {READINGS: 0}
    yield Snapshot("lines", counts, NO_REVISION, reading_lines.blocks(_counted(exported(store), counts)))


def exported(store: ReadingStore) -> Iterator[Reading]:
    """All readings of everybody, in the order that every store gives them in."""
    for patient in store.patients():
        yield from store.export_patient(patient)


def _counted(readings: Iterable[Reading], counts: dict[str, int]) -> Iterator[Reading]:
    for reading in readings:
        counts[READINGS] += 1
        yield reading


def bring_back(plain: Iterable[bytes], store: ReadingStore, sha256: str) -> dict[str, int]:
    """Appends them to the empty store, reads them back and holds their digest against that of the backup; gives how
    many. Raises BadInput where it differs."""
    readings = reading_lines.readings(plain)
    while some := list(islice(readings, AT_ONCE)):
        store.append(some)
    digest, counts = hashlib.sha256(), {READINGS: 0}
    for block in reading_lines.blocks(_counted(exported(store), counts)):
        digest.update(block)
    if digest.hexdigest() != sha256:
        advice = "do not use it: empty it, and start again"
        raise BadInput("came out different", where="COMPANION_READINGS_URL", advice=advice)
    return counts
