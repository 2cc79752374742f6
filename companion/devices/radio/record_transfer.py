"""The talk with a device's Record Access Control Point: count, report, go on after a break, give up in good order.

A device is never asked to delete.
"""

import asyncio
from contextlib import suppress

from companion.devices.profiles import record_access
from companion.devices.profiles.assigned_numbers import RECORD_ACCESS
from companion.devices.profiles.record_access import Answer, OpCode, RecordAccess
from companion.devices.profiles.wire import DecodeError
from companion.devices.radio.inbox import Inbox
from companion.devices.radio.link import DeviceError, DeviceSilent, Link, OperationRefused
from companion.devices.radio.record_kinds import RecordKind
from companion.devices.radio.selection import (
    ALL_RECORDS,
    FIRST_RECORD,
    LAST_NUMBER,
    Entry,
    Mark,
    Selection,
    everything,
    from_number,
    newest,
    rest_of,
    same_record,
    starting_at,
)
from companion.devices.radio.session import Notes
from companion.devices.radio.troubles import Trouble

CANNOT_SELECT = {
    Answer.INVALID_OPERATOR,
    Answer.OPERATOR_NOT_SUPPORTED,
    Answer.INVALID_OPERAND,
    Answer.OPERAND_NOT_SUPPORTED,
}
PROCEDURE_IN_PROGRESS = {0xFE, 0x80}
"""ATT errors: the common code, and the one of Glucose Service 1.0."""
ABORT_TIMEOUT_S = 2.0
"""A device that does not answer an abort so long ignores it."""


class RecordTransfer:
    """Fills the notes with what the device sends. Raises a DeviceError when the session breaks."""

    def __init__(self, link: Link, inbox: Inbox, notes: Notes, kind: RecordKind, idle_timeout: float) -> None:
        """`idle_timeout` in seconds: how long the device may take between two values."""
        self._link = link
        self._inbox = inbox
        self._notes = notes
        self._kind = kind
        self._idle_timeout = idle_timeout

    async def run(self, mark: Mark | None) -> None:
        """The records behind the mark, or everything when the memory is not the one that the mark was set in.

        What was cut off over an earlier link goes on where it stopped.
        """
        quirks = self._notes.quirks
        if mark and not quirks.has_lasting_sequence and await self._is_still_newest(mark):
            self._notes.announced, self._notes.complete, self._notes.mark = 0, True, mark
            return
        before = len(self._notes.payloads)
        selection = await self._read_first_possible(starting_at(mark, quirks))
        if mark and selection == from_number(mark.number) and not self._continues(mark):
            del self._notes.payloads[before:]  # it comes again, in its place
            await self._read_first_possible(everything(quirks))
        self._notes.mark = newest(self.entries(), quirks)

    def came(self) -> int:
        """How many records, one that came twice counted once, those that are no records counted, too."""
        return len(self._records())

    def entries(self) -> list[Entry]:
        """What came so far and can be read, a record that came twice once."""
        return [entry for raw in self._records() if (entry := self._kind.entry(raw))]

    def _records(self) -> dict[bytes, None]:
        values = (p.raw for p in self._notes.payloads if p.characteristic == self._kind.characteristic)
        return dict.fromkeys(record for value in values for record in self._kind.split(value))

    async def _is_still_newest(self, mark: Mark) -> bool:
        """A device that numbers backwards calls its newest record the first. The record is known, and left out."""
        before = len(self._notes.payloads)
        await self._ask(OpCode.REPORT, FIRST_RECORD)
        entries = [entry for entry in self.entries() if same_record(mark, entry)]
        del self._notes.payloads[before:]
        return bool(entries)

    def _continues(self, mark: Mark) -> bool:
        """Whether the record of the mark was among those that came, and nothing can hide behind the last number."""
        entries = self.entries()
        if not any(same_record(mark, entry) for entry in entries):
            self._notes.note(Trouble.STARTED_OVER, "the record read last is gone from the memory: all were read")
            return False
        return all(entry.number < LAST_NUMBER for entry in entries)

    async def _read_first_possible(self, wanted: Selection) -> Selection | None:
        """What the device cannot select is read as part of everything. The selection that was read."""
        for selection in dict.fromkeys([wanted, everything(self._notes.quirks), ALL_RECORDS, from_number(0)]):
            if await self._read(selection):
                return selection
        self._notes.note(Trouble.REFUSED, "the device cannot select any records")
        return None

    async def _read(self, selection: Selection) -> bool:
        """Count, then report; False when the device cannot select so."""
        self._notes.complete = False
        self._notes.announced = await self._count(selection)
        response = await self._report(selection)
        self._notes.was_cut_off = False
        if response in CANNOT_SELECT:
            return False
        self._notes.complete = response in (Answer.SUCCESS, Answer.NO_RECORDS)
        if not self._notes.complete:
            self._notes.note(Trouble.NOT_FINISHED, f"the report ended with code {response}")
        return True

    async def _report(self, selection: Selection) -> int | None:
        """What is left of the selection; all of it when that does not bring what was counted. The device's answer."""
        tried: list[Selection] = []
        while (left := self._what_is_left(selection)) not in (*tried, selection):
            tried.append(left)
            answer = await self._ask(OpCode.REPORT, left)
            if self.came() == self._notes.announced:
                return answer.response
        self._notes.was_cut_off = True
        return (await self._ask(OpCode.REPORT, selection)).response

    async def _count(self, selection: Selection) -> int | None:
        """None when the device does not count."""
        answer = await self._ask(OpCode.COUNT, selection)
        return 0 if answer.response == Answer.NO_RECORDS else answer.records

    def _what_is_left(self, selection: Selection) -> Selection:
        """Without a count nobody could tell that a shortcut left something out."""
        if self._notes.was_cut_off and self._notes.announced is not None:
            return rest_of(selection, self.entries(), self._notes.quirks)
        return selection

    async def _ask(self, op_code: OpCode, selection: Selection) -> RecordAccess:
        """Writes the request, keeps every record that comes, and returns the answer."""
        await self._write(record_access.request(op_code, selection.operator, *selection.values))
        try:
            return await self._answer_to(op_code, self._idle_timeout)
        except (DeviceSilent, asyncio.CancelledError):
            # Nobody waits any more: the device need not go on, and is free for the next request.
            with suppress(DeviceError):
                await self._abort()
            raise

    async def _write(self, request: bytes) -> None:
        """A device still at work for an earlier request is told to leave that."""
        try:
            await self._link.write(RECORD_ACCESS, request)
        except OperationRefused as refused:
            if refused.code not in PROCEDURE_IN_PROGRESS:
                raise
            self._notes.note(Trouble.BUSY, str(refused))
            await self._abort()
            await self._link.write(RECORD_ACCESS, request)

    async def _abort(self) -> None:
        if self._link.disconnected.is_set():
            return
        await self._link.write(RECORD_ACCESS, record_access.request(OpCode.ABORT))
        try:
            answer = await self._answer_to(OpCode.ABORT, min(ABORT_TIMEOUT_S, self._idle_timeout))
        except DeviceSilent:
            self._notes.note(Trouble.ODD_ANSWER, "the device does not answer an abort")
            return
        if answer.response != Answer.SUCCESS:
            self._notes.note(Trouble.ODD_ANSWER, f"the device answered an abort with code {answer.response}")

    async def _answer_to(self, op_code: OpCode, seconds: float) -> RecordAccess:
        while True:
            payload = await self._inbox.next(seconds, awaited=RECORD_ACCESS)
            if payload.characteristic != RECORD_ACCESS:
                self._notes.add(payload)
            elif answer := self._understand(op_code, payload.raw):
                return answer

    def _understand(self, op_code: OpCode, raw: bytes) -> RecordAccess | None:
        """None for nonsense, and for the answer to something else."""
        try:
            answer = record_access.decode(raw)
        except DecodeError as error:
            self._notes.note(Trouble.ODD_ANSWER, error)
            return None
        if answer.request == op_code or (op_code == OpCode.COUNT and answer.records is not None):
            return answer
        self._notes.note(Trouble.ODD_ANSWER, f"the device answered something else: {raw.hex()}")
        return None
