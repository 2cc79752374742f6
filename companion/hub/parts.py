"""From a session to the batches that bring it to the service, never cut between a measurement and its context."""

from collections.abc import Sequence
from itertools import groupby

from companion.devices.profiles.assigned_numbers import (
    CGM_FEATURE,
    CGM_SESSION_START,
    GLUCOSE_CONTEXT,
    GLUCOSE_MEASUREMENT,
    short_uuid,
)
from companion.devices.records.payloads import RawPayload

MAX_ITEMS = 500
"""What the service takes at once (docs/api-batch.md)."""
OF_EVERY_RECORD = {CGM_SESSION_START, CGM_FEATURE}
"""What a sensor says once of all its records: without it nobody can tell when they were taken."""
NUMBER = slice(1, 3)
"""Where a glucose measurement and its context carry the number that joins them."""


def parts_of(payloads: Sequence[RawPayload], most: int = MAX_ITEMS) -> list[list[RawPayload]]:
    """The payloads in parts of about the same size, in order but for contexts, which stand by their measurement.

    Equal parts, because a single value at the end would look like one that was just measured. Nothing at all is
    one empty part: that the device was read is worth telling. What is said of every record goes with every part.
    """
    shared = [payload for payload in payloads if short_uuid(payload.characteristic) in OF_EVERY_RECORD]
    if shared and len(shared) < most:
        records = [payload for payload in payloads if short_uuid(payload.characteristic) not in OF_EVERY_RECORD]
        return [shared + part for part in _parts(records, most - len(shared))]
    return _parts(payloads, most)


def _parts(payloads: Sequence[RawPayload], most: int) -> list[list[RawPayload]]:
    count = -(-len(payloads) // most) or 1
    enough = -(-len(payloads) // count)
    parts: list[list[RawPayload]] = [[]]
    for unit in _units(payloads):
        # A unit larger than a batch is nonsense that some device sent; it is cut anyhow.
        for piece in (unit[start : start + most] for start in range(0, len(unit), most)):
            if len(parts[-1]) >= enough or len(parts[-1]) + len(piece) > most:
                parts.append([])
            parts[-1] += piece
    return parts


def _units(payloads: Sequence[RawPayload]) -> list[list[RawPayload]]:
    """What has to stay together: a measurement with its contexts, and everything else alone."""
    kinds = [short_uuid(payload.characteristic) for payload in payloads]
    places: dict[bytes, int] = {}
    for place, (kind, payload) in enumerate(zip(kinds, payloads, strict=True)):
        if kind == GLUCOSE_MEASUREMENT:
            places.setdefault(payload.raw[NUMBER], place)

    def place_of(place: int) -> int:
        return places.get(payloads[place].raw[NUMBER], place) if kinds[place] == GLUCOSE_CONTEXT else place

    order = sorted(range(len(payloads)), key=place_of)
    return [[payloads[place] for place in together] for _, together in groupby(order, place_of)]
