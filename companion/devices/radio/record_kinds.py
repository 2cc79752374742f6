"""The records that a control point hands out, as far as asking for them goes: a meter's and a sensor's."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from companion.devices.profiles import cgm_profile, cgm_session, glucose_profile
from companion.devices.profiles.assigned_numbers import (
    CGM_MEASUREMENT,
    CGM_SESSION_START,
    GLUCOSE_MEASUREMENT,
    short_uuid,
)
from companion.devices.profiles.wire import DecodeError
from companion.devices.radio.selection import Entry, Mark
from companion.devices.records.payloads import RawPayload


class RecordKind(NamedTuple):
    """The characteristic of the records, how one value falls into records, and how to read one (None for what is no
    record)."""

    characteristic: str
    split: Callable[[bytes], list[bytes]]
    entry: Callable[[bytes], Entry | None]


def glucose_entry(raw: bytes) -> Entry | None:
    try:
        record = glucose_profile.decode(raw)
    except DecodeError:
        return None
    return Entry(record.sequence, record.base_time, record.user_facing_time)


METER = RecordKind(GLUCOSE_MEASUREMENT, lambda raw: [raw], glucose_entry)


def sensor(started_at: datetime | None) -> RecordKind:
    """The records of a session that started then, on the sensor's own wall."""

    def entry(raw: bytes) -> Entry | None:
        try:
            return Entry(cgm_profile.decode(raw).time_offset_min, started_at, None)
        except DecodeError:
            return None

    return RecordKind(CGM_MEASUREMENT, cgm_profile.split_records, entry)


def session_start(payloads: Sequence[RawPayload]) -> datetime | None:
    """On the sensor's own wall; None when it does not tell."""
    told = [payload.raw for payload in payloads if short_uuid(payload.characteristic) == CGM_SESSION_START]
    try:
        return cgm_session.decode_start(told[-1]).local if told else None
    except DecodeError:
        return None


def last_mark(payloads: Sequence[RawPayload]) -> Mark | None:
    """Of the last record of a transfer that was read to its end: asking from any of its records on misses nothing."""
    for payload in reversed(payloads):
        kind = _kind_of(short_uuid(payload.characteristic), payloads)
        entry = kind.entry(kind.split(payload.raw)[-1]) if kind else None
        if entry:
            return entry.mark
    return None


def _kind_of(characteristic: str, payloads: Sequence[RawPayload]) -> RecordKind | None:
    if characteristic == CGM_MEASUREMENT:
        return sensor(session_start(payloads))
    return METER if characteristic == METER.characteristic else None
