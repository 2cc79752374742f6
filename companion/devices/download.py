"""One session with a meter or a cuff: who it is, what its clock says, and every payload as it came.

The session decides nothing about time and values: the raw bytes go to whoever decodes them. A session that
breaks returns what it received until then.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import NamedTuple

from companion.clock import Clock
from companion.devices import glucose_profile, record_access
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
from companion.devices.link import NEARER, DeviceError, Link, OperationRefused, SessionBroken
from companion.devices.quirks import has_lasting_sequence
from companion.devices.record_access import Answer, OpCode, Operator, RecordAccess
from companion.devices.wire import DecodeError, decode_date_time

RECORD_ACCESS_TIMEOUT_S = 30.0
"""How long a meter may take between two values (the 30 s that vendors' own stacks wait)."""
CUFF_QUIET_S = 5.0
"""A cuff that has sent nothing for so long has sent everything."""
LAST_SEQUENCE = 0xFFFF
DATE_TIME_BYTES = 7


class Identity(NamedTuple):
    """What the device says of itself; "" for what it does not tell."""

    manufacturer: str
    model: str
    serial: str
    firmware: str


class ClockReading(NamedTuple):
    """What the device's clock said (local, no zone) when ours said `received_at` (aware UTC).

    `device_time` is None when the device does not know the date.
    """

    device_time: datetime | None
    received_at: datetime


class Payload(NamedTuple):
    """One value of a characteristic ("2a18"), undecoded, and when it came (aware UTC)."""

    characteristic: str
    raw: bytes
    received_at: datetime


class Session(NamedTuple):
    """What a session brought, payloads in the order in which they came.

    `announced` is how many records the device counted beforehand, None when it does not count. `complete`:
    the device said that it is done, and as many records came as it had counted. `anomalies` are sentences for
    the support person; the link's own failure is among them.
    """

    address: str
    identity: Identity
    clock: ClockReading | None
    payloads: tuple[Payload, ...]
    announced: int | None
    complete: bool
    anomalies: tuple[str, ...]


class _Notes:
    """A session as it grows."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.identity = Identity("", "", "", "")
        self.clock: ClockReading | None = None
        self.payloads: list[Payload] = []
        self.announced: int | None = None
        self.complete = False
        self.anomalies: list[str] = []

    def session(self) -> Session:
        return Session(
            self.address,
            self.identity,
            self.clock,
            tuple(self.payloads),
            self.announced,
            self.complete,
            tuple(self.anomalies),
        )


async def download_glucose(
    link: Link, *, after_sequence: int | None, now: Clock, idle_timeout: float = RECORD_ACCESS_TIMEOUT_S
) -> Session:
    """Every record of a meter, or those after one; a meter that cannot select sends them all.

    Whoever stores them has to know a record again: what was sent before may come twice.
    """
    notes = _Notes(link.address)
    try:
        await _introduce(link, notes, now)
        async with _inbox(link, now) as inbox:
            for uuid in (GLUCOSE_CONTEXT, GLUCOSE_MEASUREMENT, RECORD_ACCESS):  # so that nothing can be missed
                if uuid != GLUCOSE_CONTEXT or link.has(uuid):
                    await inbox.listen(uuid)
            transfer = _GlucoseTransfer(link, inbox, notes, idle_timeout)
            await transfer.run_after(after_sequence)
    except DeviceError as error:
        notes.anomalies.append(str(error))
    _examine(notes)
    return notes.session()


async def download_blood_pressure(link: Link, *, now: Clock, quiet: float = CUFF_QUIET_S) -> Session:
    """Everything a cuff sends once it is listened to, until it is quiet or hangs up.

    Most cuffs hang up when they are done, so that cannot be told from a lost link; what a cuff could not send
    it keeps, and sends the next time.
    """
    notes = _Notes(link.address)
    try:
        await _introduce(link, notes, now)
        async with _inbox(link, now) as inbox:
            await inbox.listen(BLOOD_PRESSURE_MEASUREMENT)
            with suppress(SessionBroken):
                while True:
                    notes.payloads.append(await inbox.next(quiet))
            notes.complete = bool(notes.payloads) or not link.disconnected.is_set()
    except DeviceError as error:
        notes.anomalies.append(str(error))
    return notes.session()


async def _introduce(link: Link, notes: _Notes, now: Clock) -> None:
    """The clock first: it is what a stored record's time will be compared with."""
    notes.clock = await _read_clock(link, notes, now)
    notes.identity = Identity(
        manufacturer=await _read_text(link, MANUFACTURER_NAME),
        model=await _read_text(link, MODEL_NUMBER),
        serial=await _read_text(link, SERIAL_NUMBER),
        firmware=await _read_text(link, FIRMWARE_REVISION),
    )


async def _read_clock(link: Link, notes: _Notes, now: Clock) -> ClockReading | None:
    """Current Time where there is one, or else Date Time; the first begins with the second."""
    uuid = next((uuid for uuid in (CURRENT_TIME, DATE_TIME) if link.has(uuid)), None)
    if uuid is None:
        return None
    try:
        value = await link.read(uuid)
        return ClockReading(decode_date_time(value[:DATE_TIME_BYTES]).local, now())
    except (OperationRefused, DecodeError) as error:
        notes.anomalies.append(f"the clock cannot be read: {error}")
        return None


async def _read_text(link: Link, uuid: str) -> str:
    """A device need not say who it is."""
    if not link.has(uuid):
        return ""
    with suppress(OperationRefused):
        return (await link.read(uuid)).decode("utf-8", errors="replace").strip("\0 ")
    return ""


class _Inbox:
    """What the device sends, in the order in which it came."""

    def __init__(self, link: Link, now: Clock) -> None:
        self._link = link
        self._now = now
        self._arrived: asyncio.Queue[Payload | None] = asyncio.Queue()

    async def listen(self, uuid: str) -> None:
        await self._link.subscribe(uuid, lambda raw: self._arrived.put_nowait(Payload(uuid, raw, self._now())))

    async def note_disconnection(self) -> None:
        """Puts the end of the link behind everything that came before it."""
        await self._link.disconnected.wait()
        self._arrived.put_nowait(None)

    async def next(self, seconds: float) -> Payload:
        """Raises SessionBroken when the link is lost, or nothing comes for so long."""
        try:
            async with asyncio.timeout(seconds):
                payload = await self._arrived.get()
        except TimeoutError:
            raise self._broken(f"the device was silent for {seconds:g} s") from None
        if payload is None:
            self._arrived.put_nowait(None)  # whoever asks again is told again
            raise self._broken("the link was lost")
        return payload

    def _broken(self, what: str) -> SessionBroken:
        return SessionBroken(what, where=self._link.address, advice=NEARER)


@asynccontextmanager
async def _inbox(link: Link, now: Clock) -> AsyncIterator[_Inbox]:
    inbox = _Inbox(link, now)
    watch = asyncio.create_task(inbox.note_disconnection())
    try:
        yield inbox
    finally:
        watch.cancel()


class _Selection(NamedTuple):
    """Which records: an operator of the control point, and the number it takes."""

    operator: Operator
    sequences: tuple[int, ...] = ()


ALL_RECORDS = _Selection(Operator.ALL)


def _selection(after_sequence: int | None, model: str) -> _Selection:
    """The records after that one. After the last number there is 0, which no ">=" reaches: then all of them."""
    if after_sequence is None or after_sequence >= LAST_SEQUENCE or not has_lasting_sequence(model):
        return ALL_RECORDS
    return _Selection(Operator.GREATER_OR_EQUAL, (after_sequence + 1,))


CANNOT_SELECT = {
    Answer.INVALID_OPERATOR,
    Answer.OPERATOR_NOT_SUPPORTED,
    Answer.INVALID_OPERAND,
    Answer.OPERAND_NOT_SUPPORTED,
}


class _GlucoseTransfer:
    """The talk with the control point."""

    def __init__(self, link: Link, inbox: _Inbox, notes: _Notes, idle_timeout: float) -> None:
        self._link = link
        self._inbox = inbox
        self._notes = notes
        self._idle_timeout = idle_timeout

    async def run_after(self, after_sequence: int | None) -> None:
        """The records after that one, or all of them when the meter's numbers cannot tell which those are."""
        selection = _selection(after_sequence, self._notes.identity.model)
        await self._run(selection)
        if selection != ALL_RECORDS and self._notes.announced == 0 and not self._notes.payloads:
            newest = await self._newest_sequence()
            if newest not in (None, after_sequence):
                self._notes.anomalies.append("the meter counts its records from the start again: all were read")
                await self._run(ALL_RECORDS)

    async def _run(self, selection: _Selection) -> None:
        """Count, then report. What the meter cannot select is read as part of everything."""
        count = await self._ask(OpCode.COUNT, selection)
        self._notes.announced = 0 if count.response == Answer.NO_RECORDS else count.records
        report = await self._ask(OpCode.REPORT, selection)
        if report.response in CANNOT_SELECT and selection != ALL_RECORDS:
            await self._run(ALL_RECORDS)
        elif report.response in (Answer.SUCCESS, Answer.NO_RECORDS):
            self._notes.complete = True
        else:
            self._notes.anomalies.append(f"the meter ended the report with code {report.response}")

    async def _newest_sequence(self) -> int | None:
        """The number of the newest record, which is left out of the session; None when there is none."""
        await self._ask(OpCode.REPORT, _Selection(Operator.LAST))
        newest, self._notes.payloads = self._notes.payloads, []
        with suppress(DecodeError):
            return glucose_profile.decode(newest[0].raw).sequence if newest else None
        return None

    async def _ask(self, op_code: OpCode, selection: _Selection) -> RecordAccess:
        """Writes the request, keeps every record that comes, and returns the answer."""
        request = record_access.request(op_code, selection.operator, *selection.sequences)
        await self._link.write(RECORD_ACCESS, request)
        while True:
            payload = await self._inbox.next(self._idle_timeout)
            if payload.characteristic != RECORD_ACCESS:
                self._notes.payloads.append(payload)
            elif answer := self._answer_to(op_code, payload.raw):
                return answer

    def _answer_to(self, op_code: OpCode, raw: bytes) -> RecordAccess | None:
        """None for nonsense, and for the answer to something else."""
        try:
            answer = record_access.decode(raw)
        except DecodeError as error:
            self._notes.anomalies.append(str(error))
            return None
        if answer.request == op_code or (op_code == OpCode.COUNT and answer.records is not None):
            return answer
        self._notes.anomalies.append(f"the meter answered something else: {raw.hex()}")
        return None


def _examine(notes: _Notes) -> None:
    """Notes what is odd about the records: unreadable, sent twice, fewer than counted, without their context."""
    contents: dict[int, bytes] = {}
    announced_contexts: list[int] = []
    for payload in notes.payloads:
        if payload.characteristic != GLUCOSE_MEASUREMENT:
            continue
        try:
            record = glucose_profile.decode(payload.raw)
        except DecodeError as error:
            notes.anomalies.append(f"{error}: {payload.raw.hex()}")
            continue
        known = contents.setdefault(record.sequence, record.raw)
        if known != record.raw:
            notes.anomalies.append(f"record {record.sequence} came twice with different contents")
        if record.context_follows:
            announced_contexts.append(record.sequence)
    _examine_count(notes)
    _examine_contexts(notes, announced_contexts)


def _examine_count(notes: _Notes) -> None:
    records = [payload.raw for payload in notes.payloads if payload.characteristic == GLUCOSE_MEASUREMENT]
    different = len(set(records))
    if different < len(records):
        notes.anomalies.append(f"{len(records) - different} records came twice")
    if notes.complete and notes.announced is not None and different != notes.announced:
        notes.anomalies.append(f"{notes.announced} records were counted and {different} came")
        notes.complete = different > notes.announced


def _examine_contexts(notes: _Notes, announced: list[int]) -> None:
    came = set()
    for payload in notes.payloads:
        if payload.characteristic == GLUCOSE_CONTEXT:
            try:
                came.add(glucose_profile.decode_context(payload.raw).sequence)
            except DecodeError as error:
                notes.anomalies.append(f"{error}: {payload.raw.hex()}")
    if missing := sorted(set(announced) - came):
        notes.anomalies.append(f"no context came for the records {', '.join(map(str, missing))}")
