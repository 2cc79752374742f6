"""Current Time (2A2B). Bluetooth SIG, Current Time Service.

All times are the device's own wall time: naive, without a zone.
"""

from datetime import datetime
from enum import IntFlag
from struct import Struct
from typing import NamedTuple

from companion.devices.profiles.wire import DecodeError, date_time, date_time_bytes

_NAME = "current time"
_LAYOUT = Struct("<HBBBBBBBB")  # date and time; day of the week, fractions of a second, reason


class AdjustReason(IntFlag):
    """Why the clock was last set."""

    MANUAL = 1 << 0
    EXTERNAL_REFERENCE = 1 << 1
    TIME_ZONE = 1 << 2
    DAYLIGHT_SAVING = 1 << 3


class CurrentTime(NamedTuple):
    """What a clock shows. `parts` are year, month, day, hour, minute, second as sent; `local` is None when the
    device does not know its date. `day_of_week` counts from Monday = 1, None when not known; `fractions` are
    256ths of a second."""

    parts: tuple[int, ...]
    local: datetime | None
    day_of_week: int | None
    fractions: int
    adjust_reason: AdjustReason
    trailing_bytes: int
    raw: bytes


def decode(payload: bytes) -> CurrentTime:
    """Ten bytes. Raises DecodeError, and nothing else."""
    if len(payload) < _LAYOUT.size:
        raise DecodeError(f"{len(payload)} bytes instead of {_LAYOUT.size}", where=_NAME)
    year, month, day, hour, minute, second, day_of_week, fractions, reason = _LAYOUT.unpack_from(payload)
    if day_of_week > 7:
        raise DecodeError(f"{day_of_week} is not a day of the week", where=_NAME)
    parts = (year, month, day, hour, minute, second)
    return CurrentTime(
        parts=parts,
        local=date_time(*parts),
        day_of_week=day_of_week or None,
        fractions=fractions,
        adjust_reason=AdjustReason(reason),
        trailing_bytes=len(payload) - _LAYOUT.size,
        raw=payload,
    )


def encode(local: datetime) -> bytes:
    """What to write: that time to the 256th of a second, set by an external reference."""
    fractions = local.microsecond * 256 // 1_000_000
    return date_time_bytes(local) + bytes([local.isoweekday(), fractions, AdjustReason.EXTERNAL_REFERENCE])
