"""Decoding Glucose Measurements."""

import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from companion.benches.figure import Figure, best_rate
from companion.devices.profiles import glucose_profile

RECORDS = 50_000
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
LAYOUT = struct.Struct("<BHHBBBBBHB")
"""Flags, sequence, base time, concentration, type and location."""


def measure(folder: Path) -> list[Figure]:
    """Records with a concentration, all different, decoded into what the profile means; against the same bytes
    taken apart by one struct.unpack each, which looks at no flag and makes neither numbers nor times of them."""
    payloads = [_payload(number) for number in range(RECORDS)]
    return [
        Figure(
            "decoding 0x2A18",
            "records",
            best_rate(lambda _: _decode(payloads)),
            best_rate(lambda _: _unpack(payloads)),
            "struct.unpack alone",
            0,  # nobody asked for a ratio: the figure stands beside what cannot be had for less
        )
    ]


def _payload(number: int) -> bytes:
    """40 to 639 mg/dL in kg/L, a record every 37 minutes, as meters send them."""
    at = FIRST + timedelta(minutes=37 * number)
    when = (at.year, at.month, at.day, at.hour, at.minute, at.second)
    return LAYOUT.pack(0x02, number % 65536, *when, 0xB000 | (40 + number % 600), 0x11)


def _decode(payloads: list[bytes]) -> int:
    for payload in payloads:
        glucose_profile.decode(payload)
    return len(payloads)


def _unpack(payloads: list[bytes]) -> int:
    for payload in payloads:
        LAYOUT.unpack(payload)
    return len(payloads)
