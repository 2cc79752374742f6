"""What the store holds already of the rows of a file, found by what they say and not by how they were named.

Needed where identities do not decide: an original read by a newer importer, which may name a device or a kind
otherwise than it did; and readings that came by an upload taken back since.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from companion.clock import to_ms
from companion.devices.uploaded_rows import FROM_FILE, device_of, plain
from companion.devices.uploads import UploadedReading
from companion.readings.links import reach
from companion.readings.reading import Reading
from companion.readings.same import SENSOR
from companion.readings.store import ReadingStore

Content = tuple[object, ...]

TOLD_APART = 1000
"""A record of another answer about the zone counts its occurrences from here on, times the uploads taken back."""


class Sorted(NamedTuple):
    """Rows to store, and stored readings of uploads taken back that the rows hold, too."""

    fresh: Sequence[UploadedReading]
    again: Sequence[Reading]


def sort_rows(
    store: ReadingStore,
    patient: str,
    rows: Sequence[UploadedReading],
    file_format: str,
    taken_back: frozenset[str],
    *,
    is_again: bool,
) -> Sorted:
    """Tells what of these rows has to be stored.

    A file read again stores what it did not hold before; any other stores all of its rows, and the ledger knows
    them. A row whose twin was taken back and lay at another instant was read in another zone: it is a record of
    its own now, or the first answer would hold for ever.
    """
    named = None if is_again else (lambda row: device_of(row, file_format))
    twins = _twins(store, patient, rows, named, taken_back)
    fresh, again = [], []
    for place, row in enumerate(rows):
        twin = twins.get(place)
        if twin is not None and twin.source in taken_back:
            if to_ms(twin.taken_at) != to_ms(row.taken_at):
                fresh.append(row._replace(occurrence=row.occurrence + TOLD_APART * len(taken_back)))
                continue
            again.append(twin)
        if twin is None or not is_again:
            fresh.append(row)
    return Sorted(fresh, again)


def _twins(
    store: ReadingStore,
    patient: str,
    rows: Sequence[UploadedReading],
    named: Callable[[UploadedReading], str] | None,
    taken_back: frozenset[str],
) -> Mapping[int, Reading]:
    """By place in `rows`: the stored reading of the same local time and value, each for one row, and rather one that
    counts. With `named` only the device of that name."""
    stored: dict[Content, list[Reading]] = defaultdict(list)
    for metric in {row.metric for row in rows}:
        first, last = _span([row.taken_at for row in rows if row.metric is metric])
        for one in store.between(patient, metric, first, last):
            if one.device.startswith(FROM_FILE):
                stored[*_content(one), one.device if named else ""].append(one)
    for candidates in stored.values():
        candidates.sort(key=lambda one: one.source not in taken_back)
    twins: dict[int, Reading] = {}
    for place, row in enumerate(rows):
        if candidates := stored.get((*_content(row), named(row) if named else ""), []):
            twins[place] = candidates.pop()
    return twins


def _span(instants: Sequence[datetime]) -> tuple[datetime, datetime]:
    first, last = reach(min(instants), max(instants))
    return first, last + timedelta(milliseconds=1)


def _content(one: Reading | UploadedReading) -> Content:
    numbers = tuple(plain(number) for number in (one.value, one.diastolic, one.pulse))
    return one.metric, one.kind in SENSOR, one.device_time, one.unit, one.limit, *numbers
