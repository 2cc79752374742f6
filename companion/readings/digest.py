"""Readings as bytes that any store gives alike: what a copy is compared by, and what proves what was erased."""

import hashlib
import json
from collections import Counter
from datetime import datetime
from decimal import Decimal

from companion.clock import to_ms
from companion.readings.reading import Metric, Reading


class ReadingsDigest:
    """A SHA-256 over readings in the order in which a store exports them, and how many there were of each metric."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.counts: Counter[Metric] = Counter()

    def add(self, reading: Reading) -> None:
        """Goes on with the next reading."""
        self._hash.update(canonical(reading))
        self.counts[reading.metric] += 1

    def hexdigest(self) -> str:
        """64 hexadecimal digits."""
        return self._hash.hexdigest()


def canonical(reading: Reading) -> bytes:
    """One line of JSON, UTF-8: every field in the order of `Reading`; the instant in milliseconds since 1970 UTC,
    Decimals as their own digits, raw bytes in hexadecimal."""
    line = json.dumps([_plain(field) for field in reading], ensure_ascii=False, separators=(",", ":"))
    return line.encode() + b"\n"


def _plain(field: object) -> object:
    match field:
        case Decimal():
            return format(field, "f")
        case bytes():
            return field.hex()
        case datetime():
            return to_ms(field)
    return field
