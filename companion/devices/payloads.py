"""From raw payloads to readings: which characteristic carries what, and what becomes of what cannot be read.

Pure: the server decides here, the hub and the browser only carry bytes.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from companion.devices.assigned_numbers import (
    BLOOD_PRESSURE_MEASUREMENT,
    CUFF_PRESSURE,
    GLUCOSE_CONTEXT,
    GLUCOSE_MEASUREMENT,
    short_uuid,
)
from companion.devices.device_time import ClockReading, Dating, NotAReading
from companion.devices.glucose_profile import decode_context
from companion.devices.glucose_readings import GlucoseRecords, decode_records, glucose_readings
from companion.devices.origin import Origin
from companion.devices.pressure_readings import pressure_readings
from companion.devices.wire import DecodeError
from companion.readings.batch import Incoming
from companion.readings.identity import content_identity

NO_READING_OF_THEIR_OWN = {CUFF_PRESSURE}
"""The pressure while measuring is shown, never kept."""


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
    """Readings and refusals. Every payload ends in one of them, or is a context."""
    dating = Dating(clock, origin.zone)
    came = _Came(payloads, origin)
    incoming = [*_glucose(came, dating), *_pressures(came, dating)]
    came.refuse_the_rest()
    return Batch(Incoming.joined(incoming), came.refused, dating.offset_s if clock else None)


Records = TypeVar("Records")


class _Came:
    """The payloads of one origin by their characteristic, and those among them that were refused."""

    def __init__(self, payloads: Sequence[RawPayload], origin: Origin) -> None:
        self.origin = origin
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

    def refuse(self, characteristic: str, raw: bytes, error: DecodeError) -> None:
        identity = content_identity(self.origin.device.encode(), characteristic.encode(), raw)
        self.refused.append(Refused(identity, short_uuid(characteristic), str(error), raw.hex()))

    def refuse_the_rest(self) -> None:
        for characteristic, payloads in self._came.items():
            for payload in payloads if characteristic not in NO_READING_OF_THEIR_OWN else ():
                no_reading = NotAReading("is not a characteristic that carries readings", where=characteristic)
                self.refuse(payload.characteristic, payload.raw, no_reading)


def _glucose(came: _Came, dating: Dating) -> Iterator[Incoming]:
    meals = {}
    for contexts in came.read(came.take(GLUCOSE_CONTEXT), lambda raws: list(map(decode_context, raws))):
        meals.update({context.sequence: context.meal for context in contexts})
    parts = came.read(came.take(GLUCOSE_MEASUREMENT), lambda raws: decode_records(raws, meals))
    if not parts:
        return
    records = GlucoseRecords.joined(parts)
    dates = dating.dates(records.device_time)
    incoming = glucose_readings(records, dates, came.origin)
    for place, why in dates.undatable.items():
        came.refuse(GLUCOSE_MEASUREMENT, records.raw[place], why)
    datable = [place for place in range(len(incoming)) if place not in dates.undatable]
    yield incoming.only(datable) if dates.undatable else incoming


def _pressures(came: _Came, dating: Dating) -> list[Incoming]:
    payloads = came.take(BLOOD_PRESSURE_MEASUREMENT)
    received_at = payloads[0].received_at if len(payloads) == 1 else None
    return came.read(payloads, lambda raws: pressure_readings(raws, received_at, came.origin, dating))
