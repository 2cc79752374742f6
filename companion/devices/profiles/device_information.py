"""Device Information (180A) and Battery Level (2A19): who a device is, and how long it will go on."""

from typing import NamedTuple

from companion.devices.profiles.wire import DecodeError

FULL_PERCENT = 100


def decode_text(payload: bytes) -> str:
    """One of the strings (manufacturer, model, serial number, revisions). Never raises: what is no UTF-8 is shown
    as a replacement character, and the zeros and blanks that pad some devices' fields are left out."""
    text, _, _behind_its_end = payload.decode("utf-8", errors="replace").strip("\0 \t\r\n").partition("\0")
    return text.rstrip()


class BatteryLevel(NamedTuple):
    """What is left, in percent of a full battery."""

    percent: int
    trailing_bytes: int
    raw: bytes


def decode_battery(payload: bytes) -> BatteryLevel:
    """Battery Level. Raises DecodeError, and nothing else."""
    if not payload:
        raise DecodeError("no bytes", where="battery level")
    if payload[0] > FULL_PERCENT:
        raise DecodeError(f"{payload[0]} percent is more than full", where="battery level")
    return BatteryLevel(payload[0], len(payload) - 1, payload)
