"""What a cuff sends: it cannot be asked, only listened to."""

from companion.devices.profiles.assigned_numbers import BLOOD_PRESSURE_MEASUREMENT, CURRENT_TIME
from companion.devices.quirks import ClockPlace
from companion.devices.radio.clock_setting import set_clock
from companion.devices.radio.inbox import Inbox
from companion.devices.radio.introduction import note_clock
from companion.devices.radio.link import DeviceSilent, Link, SessionBroken
from companion.devices.radio.session import Notes, Order
from companion.devices.radio.troubles import Trouble
from companion.devices.records.payloads import RawPayload


async def read_cuff(link: Link, inbox: Inbox, order: Order, notes: Notes) -> None:
    """Everything a cuff sends once it is listened to, until it is quiet or hangs up.

    Most cuffs hang up when they are done, so that cannot be told from a lost link; what a cuff could not send
    it keeps, and sends the next time.
    """
    if notes.quirks.deletes_what_it_sent and not order.may_empty:
        notes.would_empty = True
        notes.note(Trouble.WOULD_EMPTY, "reading this model deletes its memory, and nobody agreed to that")
        return
    await _listen(link, inbox, order, notes)
    came = 0
    try:
        while True:
            await _take(await inbox.next(order.quiet_s), link, order, notes)
            came += 1
    except DeviceSilent:
        notes.complete = True
    except SessionBroken:
        if not came:
            raise
        notes.complete = notes.hung_up = True


async def _listen(link: Link, inbox: Inbox, order: Order, notes: Notes) -> None:
    """The measurements last: some cuffs hang up after them, and nobody is there to be set afterwards."""
    if notes.quirks.clock is ClockPlace.NOTIFIED and link.has(CURRENT_TIME):
        await inbox.listen(CURRENT_TIME)
    elif notes.quirks.hangs_up_when_done and notes.clock:
        await set_clock(link, notes, order)
    await inbox.listen(BLOOD_PRESSURE_MEASUREMENT)


async def _take(payload: RawPayload, link: Link, order: Order, notes: Notes) -> None:
    if payload.characteristic != CURRENT_TIME:
        notes.add(payload)
    elif notes.clock is None:
        note_clock(notes, payload.raw, order.now)
        # It listens at this moment only: what it sends is dated by the clock as it was.
        await set_clock(link, notes, order)
