"""One session with a meter or a cuff: who it is, what its clock says, and every payload as it came.

The session decides nothing about time and values: the raw bytes go to whoever decodes them. A session that
breaks returns what it received until then.
"""

from contextlib import suppress

from companion.clock import Clock
from companion.devices.assigned_numbers import (
    BLOOD_PRESSURE_MEASUREMENT,
    CURRENT_TIME,
    DATE_TIME,
    FIRMWARE_REVISION,
    GLUCOSE_CONTEXT,
    GLUCOSE_MEASUREMENT,
    MANUFACTURER_NAME,
    MODEL_NUMBER,
    RECORD_ACCESS,
    SERIAL_NUMBER,
)
from companion.devices.device_time import ClockReading
from companion.devices.glucose_transfer import GlucoseTransfer
from companion.devices.inbox import Inbox
from companion.devices.link import DeviceError, Link, OperationRefused, SessionBroken
from companion.devices.oddities import different_records, oddities
from companion.devices.session import Identity, Notes, Session
from companion.devices.wire import DecodeError, decode_date_time

RECORD_ACCESS_TIMEOUT_S = 30.0
"""How long a meter may take between two values (the 30 s that vendors' own stacks wait)."""
CUFF_QUIET_S = 5.0
"""A cuff that has sent nothing for so long has sent everything."""
DATE_TIME_BYTES = 7


async def download_glucose(
    link: Link, *, after_sequence: int | None, now: Clock, idle_timeout: float = RECORD_ACCESS_TIMEOUT_S
) -> Session:
    """Every record of a meter, or those after one; a meter that cannot select sends them all.

    Whoever stores them has to know a record again: what was sent before may come twice.
    """
    notes = Notes(link.address)
    try:
        await _introduce(link, notes, now)
        async with Inbox.of(link, now) as inbox:
            await _listen_to_meter(link, inbox)
            await GlucoseTransfer(link, inbox, notes, idle_timeout).run_after(after_sequence)
    except DeviceError as error:
        notes.anomalies.append(str(error))
    notes.anomalies += oddities(notes.payloads)
    _compare_with_count(notes)
    return notes.session()


async def _listen_to_meter(link: Link, inbox: Inbox) -> None:
    """The control point last: by the time it can answer, nothing can be missed."""
    if link.has(GLUCOSE_CONTEXT):
        await inbox.listen(GLUCOSE_CONTEXT)
    await inbox.listen(GLUCOSE_MEASUREMENT)
    await inbox.listen(RECORD_ACCESS)


def _compare_with_count(notes: Notes) -> None:
    came = different_records(notes.payloads)
    if notes.complete and notes.announced is not None and came != notes.announced:
        notes.anomalies.append(f"{notes.announced} records were counted and {came} came")
        notes.complete = came > notes.announced


async def download_blood_pressure(link: Link, *, now: Clock, quiet: float = CUFF_QUIET_S) -> Session:
    """Everything a cuff sends once it is listened to, until it is quiet (seconds) or hangs up.

    Most cuffs hang up when they are done, so that cannot be told from a lost link; what a cuff could not send
    it keeps, and sends the next time.
    """
    notes = Notes(link.address)
    try:
        await _introduce(link, notes, now)
        async with Inbox.of(link, now) as inbox:
            await inbox.listen(BLOOD_PRESSURE_MEASUREMENT)
            with suppress(SessionBroken):
                while True:
                    notes.payloads.append(await inbox.next(quiet))
        notes.complete = bool(notes.payloads) or not link.disconnected.is_set()
    except DeviceError as error:
        notes.anomalies.append(str(error))
    return notes.session()


async def _introduce(link: Link, notes: Notes, now: Clock) -> None:
    """The clock first: it is what a stored record's time will be compared with."""
    notes.clock = await _read_clock(link, notes, now)
    notes.identity = Identity(
        manufacturer=await _read_text(link, MANUFACTURER_NAME),
        model=await _read_text(link, MODEL_NUMBER),
        serial=await _read_text(link, SERIAL_NUMBER),
        firmware=await _read_text(link, FIRMWARE_REVISION),
    )


async def _read_clock(link: Link, notes: Notes, now: Clock) -> ClockReading | None:
    """Current Time where there is one, or else Date Time; the first begins with the second."""
    uuid = next((uuid for uuid in (CURRENT_TIME, DATE_TIME) if link.has(uuid)), None)
    if uuid is None:
        return None
    try:
        device_time = decode_date_time((await link.read(uuid))[:DATE_TIME_BYTES]).local
    except (OperationRefused, DecodeError) as error:
        notes.anomalies.append(f"the clock cannot be read: {error}")
        return None
    if device_time is None:
        notes.anomalies.append("the clock of the device does not know the date")
        return None
    return ClockReading(device_time, now())


async def _read_text(link: Link, uuid: str) -> str:
    """A device need not say who it is."""
    if not link.has(uuid):
        return ""
    with suppress(OperationRefused):
        return (await link.read(uuid)).decode("utf-8", errors="replace").strip("\0 ")
    return ""
