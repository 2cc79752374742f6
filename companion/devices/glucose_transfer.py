"""The talk with a meter's control point: count, report, and what to do when the meter cannot select."""

from contextlib import suppress
from typing import NamedTuple

from companion.devices import glucose_profile, record_access
from companion.devices.assigned_numbers import RECORD_ACCESS
from companion.devices.inbox import Inbox
from companion.devices.link import Link
from companion.devices.quirk_table import quirks_of
from companion.devices.record_access import Answer, OpCode, Operator, RecordAccess
from companion.devices.session import Notes
from companion.devices.wire import DecodeError

LAST_SEQUENCE = 0xFFFF
CANNOT_SELECT = {
    Answer.INVALID_OPERATOR,
    Answer.OPERATOR_NOT_SUPPORTED,
    Answer.INVALID_OPERAND,
    Answer.OPERAND_NOT_SUPPORTED,
}


class Selection(NamedTuple):
    """Which records: an operator of the control point, and the number it takes."""

    operator: Operator
    sequences: tuple[int, ...] = ()


ALL_RECORDS = Selection(Operator.ALL)
NEWEST_RECORD = Selection(Operator.LAST)


def selection_after(sequence: int | None, model: str) -> Selection:
    """The records after that one. Behind the last number comes 0, which no ">=" reaches: then all of them."""
    if sequence is None or sequence >= LAST_SEQUENCE or not quirks_of("", model).has_lasting_sequence:
        return ALL_RECORDS
    return Selection(Operator.GREATER_OR_EQUAL, (sequence + 1,))


class GlucoseTransfer:
    """Fills the notes with what the meter sends. Raises a DeviceError when the session breaks."""

    def __init__(self, link: Link, inbox: Inbox, notes: Notes, idle_timeout: float) -> None:
        """`idle_timeout` in seconds: how long the meter may take between two values."""
        self._link = link
        self._inbox = inbox
        self._notes = notes
        self._idle_timeout = idle_timeout

    async def run_after(self, sequence: int | None) -> None:
        """The records after that one, or all of them when the meter's numbers cannot tell which those are."""
        selection = selection_after(sequence, self._notes.identity.model)
        await self._run(selection)
        if selection == ALL_RECORDS or self._notes.announced or self._notes.payloads:
            return
        if await self._newest_sequence() not in (None, sequence):
            self._notes.anomalies.append("the meter counts its records from the start again: all were read")
            await self._run(ALL_RECORDS)

    async def _run(self, selection: Selection) -> None:
        """Count, then report. What the meter cannot select is read as part of everything."""
        self._notes.complete = False
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
        await self._ask(OpCode.REPORT, NEWEST_RECORD)
        newest, self._notes.payloads = self._notes.payloads, []
        with suppress(DecodeError):
            return glucose_profile.decode(newest[0].raw).sequence if newest else None
        return None

    async def _ask(self, op_code: OpCode, selection: Selection) -> RecordAccess:
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
