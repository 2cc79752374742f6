"""After a crash: what came of the session in which the hub died."""

from companion.devices.profiles.assigned_numbers import (
    BATTERY_LEVEL,
    BLOOD_PRESSURE_FEATURE,
    CURRENT_TIME,
    DATE_TIME,
    FIRMWARE_REVISION,
    GLUCOSE_FEATURE,
    MANUFACTURER_NAME,
    MODEL_NUMBER,
    RECORD_ACCESS,
    SERIAL_NUMBER,
)
from companion.devices.profiles.device_information import decode_text
from companion.devices.profiles.wire import DecodeError, decode_date_time
from companion.devices.radio.session import Identity
from companion.devices.records.device_time import ClockReading
from companion.devices.records.payloads import RawPayload
from companion.hub import paired, sessions
from companion.hub.bodies import device_body
from companion.hub.sessions import OpenSession
from companion.hub.spool import Spool

WHO = (MANUFACTURER_NAME, MODEL_NUMBER, SERIAL_NUMBER, FIRMWARE_REVISION)
"""In the order of an Identity."""
CLOCK = (CURRENT_TIME, DATE_TIME)
NO_RECORDS = {*WHO, *CLOCK, BATTERY_LEVEL, GLUCOSE_FEATURE, BLOOD_PRESSURE_FEATURE, RECORD_ACCESS}
"""What a device says about itself and about the transfer: kept as it arrives, like everything, but no readings."""
DATE_TIME_BYTES = 7


def recover(spool: Spool) -> int:
    """Ends the sessions that nobody ended. What came is sent; the next download reads it again, with the rest. Tells
    how many there were."""
    left = sessions.open_sessions(spool)
    for session in left:
        _end(spool, session)
    return len(left)


def _end(spool: Spool, session: OpenSession) -> None:
    device = paired.find(spool, session.address)
    records = records_of(session.payloads)
    if device is None or not records:
        sessions.drop(spool, session.id)
        return
    identity = identity_of(session.payloads)
    body = device_body(device, identity)
    sessions.end(
        spool, session.id, sessions.Ended(body, identity, clock_of(session.payloads), records, is_complete=False)
    )


def records_of(payloads: list[RawPayload]) -> list[RawPayload]:
    """The records, one that came again over another link once."""
    first: dict[tuple[str, bytes], RawPayload] = {}
    for payload in payloads:
        if payload.characteristic not in NO_RECORDS:
            first.setdefault((payload.characteristic, payload.raw), payload)
    return list(first.values())


def identity_of(payloads: list[RawPayload]) -> Identity:
    """Who the device said that it is."""
    told = {payload.characteristic: decode_text(payload.raw) for payload in payloads if payload.characteristic in WHO}
    return Identity(*(told.get(uuid, "") for uuid in WHO))


def clock_of(payloads: list[RawPayload]) -> ClockReading | None:
    """What its clock showed when it was first read; None when nothing sensible."""
    for payload in payloads:
        if payload.characteristic in CLOCK and (clock := _reading_of(payload)):
            return clock
    return None


def _reading_of(payload: RawPayload) -> ClockReading | None:
    try:
        device_time = decode_date_time(payload.raw[:DATE_TIME_BYTES]).local
    except DecodeError:
        return None
    return ClockReading(device_time, payload.received_at) if device_time else None
