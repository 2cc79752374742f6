"""What a device says before anything is asked of its memory: who it is, its clock, its battery, what it can do."""

from contextlib import suppress

from companion.clock import Clock
from companion.devices.profiles.assigned_numbers import (
    BATTERY_LEVEL,
    BLOOD_PRESSURE_FEATURE,
    CGM_FEATURE,
    CURRENT_TIME,
    DATE_TIME,
    FIRMWARE_REVISION,
    GLUCOSE_FEATURE,
    MANUFACTURER_NAME,
    MODEL_NUMBER,
    SERIAL_NUMBER,
)
from companion.devices.profiles.device_information import decode_battery, decode_text
from companion.devices.profiles.wire import DecodeError, decode_date_time
from companion.devices.quirks import ClockPlace
from companion.devices.radio.link import Link, OperationRefused
from companion.devices.radio.session import Identity, Notes
from companion.devices.radio.troubles import Trouble
from companion.devices.records.device_time import ClockReading

FEATURES = (GLUCOSE_FEATURE, BLOOD_PRESSURE_FEATURE, CGM_FEATURE)
CLOCKS = {
    ClockPlace.STANDARD: (CURRENT_TIME, DATE_TIME),
    ClockPlace.DATE_TIME: (DATE_TIME, CURRENT_TIME),
    ClockPlace.NOTIFIED: (),
    ClockPlace.NONE: (),
}
"""Where to read the clock, by preference; both values begin with the same seven bytes."""
DATE_TIME_BYTES = 7


async def introduce(link: Link, notes: Notes, now: Clock) -> None:
    """The clock before any record: it is what a stored record's time will be compared with.

    Over a second link only the clock is looked at again, if it is not known yet.
    """
    if notes.identity == Identity():
        notes.identity = Identity(
            manufacturer=await _read_text(link, MANUFACTURER_NAME),
            model=await _read_text(link, MODEL_NUMBER),
            serial=await _read_text(link, SERIAL_NUMBER),
            firmware=await _read_text(link, FIRMWARE_REVISION),
        )
    if notes.clock is None:
        await _read_clock(link, notes, now)
    if notes.features is None:
        notes.features = await _read_features(link)
        notes.battery = await _read_battery(link)


async def _read_clock(link: Link, notes: Notes, now: Clock) -> None:
    """The first that can be read."""
    refused = None
    for uuid in filter(link.has, CLOCKS[notes.quirks.clock]):
        try:
            note_clock(notes, await link.read(uuid), now)
        except OperationRefused as error:
            refused = error
        else:
            return
    if refused:
        notes.note(Trouble.NO_CLOCK, f"the clock cannot be read: {refused}")


def note_clock(notes: Notes, value: bytes, now: Clock) -> None:
    """What the clock shows, with the instant; or that it shows nothing."""
    try:
        device_time = decode_date_time(value[:DATE_TIME_BYTES]).local
    except DecodeError as error:
        notes.note(Trouble.NO_CLOCK, f"the clock cannot be read: {error}")
        return
    if device_time is None:
        notes.note(Trouble.NO_CLOCK, "the clock of the device does not know the date")
        return
    notes.clock = ClockReading(device_time, now())


async def _read_features(link: Link) -> bytes | None:
    uuid = next((uuid for uuid in FEATURES if link.has(uuid)), None)
    return await _read(link, uuid) if uuid else None


async def _read_battery(link: Link) -> int | None:
    """In percent; None for what is no level."""
    with suppress(DecodeError):
        return decode_battery(await _read(link, BATTERY_LEVEL) or b"").percent
    return None


async def _read_text(link: Link, uuid: str) -> str:
    return decode_text(await _read(link, uuid) or b"")


async def _read(link: Link, uuid: str) -> bytes | None:
    """A device need not say who it is, nor how it feels."""
    if not link.has(uuid):
        return None
    with suppress(OperationRefused):
        return await link.read(uuid)
    return None
