"""From raw payloads to readings: which characteristic carries what, and what becomes of what cannot be read.

Pure: the server decides here, the hub and the browser only carry bytes.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from companion.clock import EPOCH
from companion.devices.profiles import cgm_session
from companion.devices.profiles.assigned_numbers import (
    BLOOD_PRESSURE_MEASUREMENT,
    CGM_FEATURE,
    CGM_MEASUREMENT,
    CGM_SESSION_START,
    CGM_STATUS,
    CUFF_PRESSURE,
    CURRENT_TIME,
    DATE_TIME,
    GLUCOSE_CONTEXT,
    GLUCOSE_MEASUREMENT,
    RECORD_ACCESS,
    short_uuid,
)
from companion.devices.profiles.blood_pressure_profile import decode_cuff_pressure
from companion.devices.profiles.cgm_profile import split_records
from companion.devices.profiles.glucose_profile import decode_context
from companion.devices.profiles.wire import DecodeError
from companion.devices.records.cgm_readings import CgmRecord, Session, cgm_readings, dated_by_session, decode_cgm
from companion.devices.records.cgm_readings import stamps_of as cgm_stamps
from companion.devices.records.device_time import ClockReading, Dates, NotAReading, Stamps
from companion.devices.records.glucose_readings import GlucoseRecords, decode_records, glucose_readings, notes_of
from companion.devices.records.memory_runs import date_records
from companion.devices.records.origin import Origin
from companion.devices.records.pressure_readings import decode_pressures, pressure_readings, stamped_on_arrival
from companion.devices.records.pressure_readings import stamps_of as pressure_stamps
from companion.readings.batch import Incoming
from companion.readings.identity import content_identity

OF_THE_DEVICE = {RECORD_ACCESS, CURRENT_TIME, DATE_TIME}
"""What a device says of its memory and its clock: nothing of the patient's."""
Record = TypeVar("Record")


class RawPayload(NamedTuple):
    """One GATT value as it arrived. `characteristic` is a UUID, short or long; `received_at` aware UTC."""

    characteristic: str
    raw: bytes
    received_at: datetime


class Refused(NamedTuple):
    """A payload that gave no reading: where it stood, why, and the bytes themselves in hex."""

    identity: bytes
    place: str
    reason: str
    content: str


class Batch(NamedTuple):
    """What the payloads amount to. `clock_offset_s` is None when the device's clock was not read."""

    incoming: Incoming
    refused: list[Refused]
    clock_offset_s: int | None


def read_payloads(payloads: Sequence[RawPayload], origin: Origin, clock: ClockReading | None) -> Batch:
    """Readings and refusals of one session. Every record ends in one of them; what only belongs to records, as a
    context does, is refused when it cannot be read."""
    came = _Came(payloads, origin, clock)
    incoming = [*_glucose(came), *_pressures(came), *_sensor(came)]
    came.refuse_the_rest()
    offset_s = -int(clock.drift(origin.zone).total_seconds()) if clock else None
    return Batch(Incoming.joined(incoming), came.refused, offset_s)


Records = TypeVar("Records")


class _Came:
    """The payloads of one origin by their characteristic, and those among them that were refused."""

    def __init__(self, payloads: Sequence[RawPayload], origin: Origin, clock: ClockReading | None) -> None:
        self.origin = origin
        self.clock = clock
        self.arrived_at = payloads[-1].received_at if payloads else EPOCH
        self.refused: list[Refused] = []
        uuids = dict.fromkeys(payload.characteristic for payload in payloads)
        self._came: dict[str, list[RawPayload]] = {short_uuid(uuid): [] for uuid in uuids}
        for uuid in uuids:
            self._came[short_uuid(uuid)] += [payload for payload in payloads if payload.characteristic == uuid]

    def take(self, characteristic: str) -> list[RawPayload]:
        return self._came.pop(characteristic, [])

    def read(self, payloads: Sequence[RawPayload], decode: Callable[[Sequence[bytes]], Records]) -> list[Records]:
        """All at once; where one of them is no good, each half by itself, until the bad ones stand alone.

        `decode` reads records of one characteristic: all of them, or a DecodeError.
        """
        if not payloads:
            return []
        try:
            return [decode([payload.raw for payload in payloads])]
        except DecodeError as error:
            if len(payloads) == 1:
                self.refuse(payloads[0].characteristic, payloads[0].raw, error)
                return []
        middle = len(payloads) // 2
        return self.read(payloads[:middle], decode) + self.read(payloads[middle:], decode)

    def read_each(self, characteristic: str, decode: Callable[[bytes], Record]) -> list[Record]:
        """What belongs to records, one by one."""
        parts = self.read(self.take(characteristic), lambda raws: [decode(raw) for raw in raws])
        return [record for part in parts for record in part]

    def date(self, stamps: Stamps) -> Dates:
        return date_records(stamps, self.clock, self.origin.zone, self.arrived_at)

    def datable(self, characteristic: str, incoming: Incoming, dates: Dates) -> Incoming:
        """What could be dated; the rest is refused."""
        if not dates.undatable:
            return incoming
        for place, why in dates.undatable.items():
            self.refuse(characteristic, incoming.readings.raw[place], why)
        return incoming.only([place for place in range(len(incoming)) if place not in dates.undatable])

    def refuse(self, characteristic: str, raw: bytes, error: DecodeError) -> None:
        identity = content_identity(self.origin.device.encode(), characteristic.encode(), raw)
        self.refused.append(Refused(identity, short_uuid(characteristic), str(error), raw.hex()))

    def refuse_the_rest(self) -> None:
        for characteristic, payloads in self._came.items():
            for payload in payloads if characteristic not in OF_THE_DEVICE else ():
                no_reading = NotAReading("is not a characteristic that carries readings", where=characteristic)
                self.refuse(payload.characteristic, payload.raw, no_reading)


def _glucose(came: _Came) -> Iterator[Incoming]:
    quirks = came.origin.quirks
    notes = notes_of(came.read_each(GLUCOSE_CONTEXT, decode_context), quirks)
    parts = came.read(came.take(GLUCOSE_MEASUREMENT), lambda raws: decode_records(raws, notes))
    if parts:
        records = GlucoseRecords.joined(parts)
        dates = came.date(records.stamps(quirks))
        yield came.datable(GLUCOSE_MEASUREMENT, glucose_readings(records, dates, came.origin), dates)


def _pressures(came: _Came) -> Iterator[Incoming]:
    came.read_each(CUFF_PRESSURE, decode_cuff_pressure)  # shown while the cuff measures, never kept
    payloads = came.take(BLOOD_PRESSURE_MEASUREMENT)
    # What a cuff sends each time, from memory, was not just measured although it came alone.
    is_new = len(payloads) == 1 and not came.origin.quirks.resends_everything
    parts = came.read(payloads, lambda raws: decode_pressures(raws, just_measured=is_new))
    if parts:
        records = [record for part in parts for record in part]
        has_times = all(record.shown for record in records)
        dates = came.date(pressure_stamps(records)) if has_times else stamped_on_arrival(payloads[0].received_at)
        yield came.datable(BLOOD_PRESSURE_MEASUREMENT, pressure_readings(records, dates, came.origin), dates)


def _sensor(came: _Came) -> Iterator[Incoming]:
    starts = came.read_each(CGM_SESSION_START, cgm_session.decode_start)
    features = came.read_each(CGM_FEATURE, cgm_session.decode_features)
    came.read_each(CGM_STATUS, cgm_session.decode_status)
    session = Session(starts[-1] if starts else None, features[-1] if features else None)
    payloads = [
        payload._replace(raw=record) for payload in came.take(CGM_MEASUREMENT) for record in split_records(payload.raw)
    ]
    parts = came.read(payloads, lambda raws: decode_cgm(raws, session))
    if parts:
        records = [record for part in parts for record in part]
        dates = _date_by_sensor(came, records, session)
        yield came.datable(CGM_MEASUREMENT, cgm_readings(records, dates, came.origin), dates)


def _date_by_sensor(came: _Came, records: Sequence[CgmRecord], session: Session) -> Dates:
    """By its clock where that was read, else by what it says of its session's start."""
    started_at = session.start.started_at if session.start else None
    if started_at and not came.clock:
        return dated_by_session(records, started_at, came.arrived_at)
    return came.date(cgm_stamps(records))
