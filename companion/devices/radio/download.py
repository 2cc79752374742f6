"""One link to a meter, a sensor or a cuff: who it is, what its clock says, and every payload as it came.

Nothing is decided here about times and values: the raw bytes go to whoever decodes them. A link that breaks leaves
in the notes what came until then; `fetch` goes on from there over the next one.
"""

from companion.devices.profiles.assigned_numbers import (
    BLOOD_PRESSURE_MEASUREMENT,
    CGM_FEATURE,
    CGM_MEASUREMENT,
    CGM_SESSION_START,
    CGM_STATUS,
    GLUCOSE_CONTEXT,
    GLUCOSE_MEASUREMENT,
    RECORD_ACCESS,
)
from companion.devices.radio.clock_setting import set_clock
from companion.devices.radio.cuff_transfer import read_cuff
from companion.devices.radio.inbox import Inbox
from companion.devices.radio.introduction import introduce
from companion.devices.radio.link import DeviceError, DeviceSilent, Link, OperationRefused, SessionBroken
from companion.devices.radio.oddities import lacks_context, oddities
from companion.devices.radio.record_kinds import METER, sensor, session_start
from companion.devices.radio.record_transfer import RecordTransfer
from companion.devices.radio.session import Notes, Order, Session
from companion.devices.radio.troubles import Trouble
from companion.devices.radio.watched_link import WatchedLink
from companion.devices.records.payloads import RawPayload

MEASUREMENTS = {GLUCOSE_MEASUREMENT, GLUCOSE_CONTEXT, CGM_MEASUREMENT, BLOOD_PRESSURE_MEASUREMENT}
LATE_CONTEXT_S = 1.0
"""So long a context may come after the device has said that it is done."""


async def download(link: Link, order: Order, notes: Notes | None = None) -> Session:
    """Reads the device over this link; the notes of earlier links are gone on with."""
    link = WatchedLink(link, order)
    notes = notes or Notes(link.address)
    notes.begin_link()
    try:
        await introduce(link, notes, order.now)
        async with Inbox.of(link, order.now, order.keep) as inbox:
            await _transfer(link, inbox, order, notes)
            if notes.complete and not link.disconnected.is_set():
                await set_clock(link, notes, order)
    except DeviceError as error:
        notes.note(_trouble_of(error, notes), error)
    return notes.session(oddities(notes.payloads))


async def _transfer(link: Link, inbox: Inbox, order: Order, notes: Notes) -> None:
    """By what the device offers, whatever it is called. What arrived is in the notes, also when the link breaks."""
    try:
        if link.has(GLUCOSE_MEASUREMENT):
            await _read_meter(link, inbox, order, notes)
        elif link.has(CGM_MEASUREMENT):
            await _read_sensor(link, inbox, order, notes)
        else:
            await read_cuff(link, inbox, order, notes)
    finally:
        _add_left_over(inbox, notes)


def _add_left_over(inbox: Inbox, notes: Notes) -> None:
    for payload in inbox.left_over():
        if payload.characteristic in MEASUREMENTS:
            notes.add(payload)


def _trouble_of(error: DeviceError, notes: Notes) -> Trouble:
    if isinstance(error, DeviceSilent):
        return Trouble.SILENT
    if isinstance(error, SessionBroken):
        return Trouble.STRIP_INSERTED if notes.quirks.hangs_up_on_strip else Trouble.LINK_LOST
    return Trouble.REFUSED


# Glucose meters


async def _read_meter(link: Link, inbox: Inbox, order: Order, notes: Notes) -> None:
    """The control point is listened to last: by the time it can answer, nothing can be missed."""
    if link.has(GLUCOSE_CONTEXT):
        await _listen_to_contexts(inbox, notes)
    await inbox.listen(GLUCOSE_MEASUREMENT)
    await inbox.listen(RECORD_ACCESS)
    transfer = RecordTransfer(link, inbox, notes, METER, order.idle_s)
    await transfer.run(order.after)
    await _wait_for_contexts(inbox, notes, min(LATE_CONTEXT_S, order.idle_s))
    _compare_with_count(notes, transfer.came())


async def _listen_to_contexts(inbox: Inbox, notes: Notes) -> None:
    """The values are worth having without what was noted on them."""
    try:
        await inbox.listen(GLUCOSE_CONTEXT)
    except OperationRefused as error:
        notes.note(Trouble.CONTEXT_MISSING, error)


async def _wait_for_contexts(inbox: Inbox, notes: Notes, seconds: float) -> None:
    """Some come late; a link that ends meanwhile has nothing more to give."""
    try:
        while lacks_context(notes.payloads):
            notes.add(await inbox.next(seconds))
            _add_left_over(inbox, notes)
    except SessionBroken:
        return


def _compare_with_count(notes: Notes, came: int) -> None:
    """A device that said it is done, and sent less than it counted, is not done."""
    if not notes.complete or notes.announced is None or came == notes.announced:
        return
    detail = f"{notes.announced} records were counted and {came} came"
    notes.note(Trouble.MISSING if came < notes.announced else Trouble.MISCOUNTED, detail)
    notes.came_short = came < notes.announced
    notes.complete = not notes.came_short


# Sensors


async def _read_sensor(link: Link, inbox: Inbox, order: Order, notes: Notes) -> None:
    """When its session started comes first: a record only tells how many minutes later it was taken."""
    for uuid in (CGM_FEATURE, CGM_STATUS, CGM_SESSION_START):
        if link.has(uuid):
            notes.add(RawPayload(uuid, await link.read(uuid), order.now()))
    await inbox.listen(CGM_MEASUREMENT)
    await inbox.listen(RECORD_ACCESS)
    transfer = RecordTransfer(link, inbox, notes, sensor(session_start(notes.payloads)), order.idle_s)
    await transfer.run(order.after)
    _compare_with_count(notes, transfer.came())
