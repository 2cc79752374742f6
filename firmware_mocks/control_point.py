"""A memory that is asked for at a Record Access Control Point: what the glucose meter and the sensor share."""

import asyncio
import random
from enum import IntEnum
from pathlib import Path
from typing import Any, Generic

from bumble import att
from bumble.device import Connection
from bumble.gatt import Characteristic

from firmware_mocks.air import Air
from firmware_mocks.builds import Build
from firmware_mocks.encode import octet, word
from firmware_mocks.faults import Abort, Faults
from firmware_mocks.peripheral import INDICATES, NOTIFIES, Peripheral, Property, WallClock
from firmware_mocks.record_selection import ALL, AnyRecord, NotSelected, Result, select

RECORD_ACCESS = 0x2A52
RECORDS_BETWEEN_DRAINS = 16
"""So many notifications are handed to the controller before the device waits for them to be on the air."""

PROCEDURE_IN_PROGRESS = 0xFE
NOT_SUBSCRIBED = 0xFD
"""Client Characteristic Configuration Descriptor improperly configured."""


class Op(IntEnum):
    REPORT = 0x01
    DELETE = 0x02
    ABORT = 0x03
    COUNT = 0x04
    COUNT_ANSWER = 0x05
    ANSWER = 0x06


class LinkGone(Exception):
    """The link ended in the middle of a report."""


class RecordKeeper(Peripheral, Generic[AnyRecord]):
    """Keeps `records`, and hands them out as it is asked to."""

    records: list[AnyRecord]
    measurement: Characteristic[Any]

    def __init__(
        self,
        air: Air,
        address: str,
        build: Build,
        records: list[AnyRecord],
        *,
        clock: WallClock | None,
        faults: Faults | None,
        bonds: Path | None,
    ) -> None:
        super().__init__(air, address, build, clock=clock or WallClock(), faults=faults, bonds=bonds)
        self.records = list(records)
        self._procedure: asyncio.Task[None] | None = None
        self._busy = False
        self._garbled_answers = 0
        self.control = self.told(RECORD_ACCESS, Property.WRITE | Property.INDICATE, write=self._on_request)

    # What a device of its own kind decides

    def memory(self) -> list[AnyRecord]:
        """The records as they are numbered now, in the order of sending."""
        return self.records

    def choose(self, selection: bytes) -> list[AnyRecord]:
        """Raises NotSelected."""
        if self.faults.cannot_select and selection[:1] != octet(ALL):
            raise NotSelected(Result.OPERATOR_NOT_SUPPORTED)
        return select(self.memory(), selection)

    async def notify(self, connection: Connection, number: int, record: AnyRecord) -> None:
        """Sends one record, `number` counted from 0 in this report."""
        payload = self.faults.malformed.get(number, record.encode())
        await self.device.notify_subscriber(connection, self.measurement, payload)

    async def after_answer(self, connection: Connection, chosen: list[AnyRecord]) -> None:
        """What comes when the report was said to be over."""

    # Requests

    def _on_request(self, connection: Connection, request: bytes) -> None:
        """A write to the control point. What is refused here is refused as an ATT error."""
        if not self.is_subscribed(connection, self.control, INDICATES):
            raise att.ATT_Error(NOT_SUBSCRIBED)
        if request[:1] == octet(Op.ABORT):
            self._aborting = asyncio.ensure_future(self._abort(connection))
            return
        self._refuse_by_fault()
        if self._busy:
            raise att.ATT_Error(PROCEDURE_IN_PROGRESS)
        if request[:1] == octet(Op.REPORT) and not self.is_subscribed(connection, self.measurement, NOTIFIES):
            raise att.ATT_Error(NOT_SUBSCRIBED)
        self._busy = True
        self._garbled_answers = self.faults.garbled_answers
        self._procedure = asyncio.ensure_future(self._run(connection, bytes(request)))

    def _refuse_by_fault(self) -> None:
        if self.faults.forgets_subscriptions:
            self.faults.forgets_subscriptions -= 1
            raise att.ATT_Error(self.faults.not_subscribed_code)
        if self.faults.busy_for:
            self.faults.busy_for -= 1
            raise att.ATT_Error(self.faults.busy_code)

    def _on_disconnection(self, reason: int) -> None:
        super()._on_disconnection(reason)
        self._busy = False
        if self._procedure:
            self._procedure.cancel()

    async def _run(self, connection: Connection, request: bytes) -> None:
        try:
            await self._carry_out(connection, request)
        except LinkGone:
            return
        finally:
            self._busy = False

    async def _carry_out(self, connection: Connection, request: bytes) -> None:
        op, selection = request[0] if request else 0, request[1:]
        if op not in (Op.REPORT, Op.DELETE, Op.COUNT) or (op == Op.COUNT and self.faults.cannot_count):
            await self._answer(connection, op, Result.OP_NOT_SUPPORTED)
            return
        try:
            chosen = self.choose(selection)
        except NotSelected as refused:
            await self._answer(connection, op, refused.result)
            return
        if op == Op.COUNT:
            await self._answer_count(connection, len(chosen))
        elif not chosen:
            await self._answer(connection, op, Result.NO_RECORDS)
        elif op == Op.DELETE:
            self.records = [record for record in self.records if record not in chosen]
            await self._answer(connection, op, Result.SUCCESS)
        else:
            await self._report(connection, chosen)

    async def _report(self, connection: Connection, chosen: list[AnyRecord]) -> None:
        if not self.faults.sends_nothing:
            await self._send(connection, self._in_order(chosen))
        await self._answer(connection, Op.REPORT, self.faults.ends_with or Result.SUCCESS)
        await self.after_answer(connection, chosen)
        if self.faults.hangs_up_when_done:
            await connection.disconnect()

    def _in_order(self, chosen: list[AnyRecord]) -> list[AnyRecord]:
        return random.Random(7).sample(chosen, len(chosen)) if self.faults.shuffled else chosen

    async def _send(self, connection: Connection, records: list[AnyRecord]) -> None:
        for number, record in enumerate(records):
            await self._maybe_break_off(connection, number)
            if number not in self.faults.lost:
                await self.notify(connection, number, record)
            if number in self.faults.duplicated:
                await self.notify(connection, number, record)
            if number % RECORDS_BETWEEN_DRAINS == RECORDS_BETWEEN_DRAINS - 1:
                await connection.drain()
        await self._maybe_break_off(connection, len(records))

    async def _maybe_break_off(self, connection: Connection, number: int) -> None:
        """What was sent is on the air before the link goes. Raises LinkGone."""
        faults = self.faults
        if number == faults.stalls_after:
            await asyncio.Event().wait()
        if number not in (faults.link_lost_after, faults.hangs_up_after, faults.silent_after):
            return
        await connection.drain()
        if number == faults.link_lost_after:
            self.air.lose_links(self.controller)
        elif number == faults.hangs_up_after:
            await connection.disconnect()
        else:
            self.air.silence(self.controller)
        raise LinkGone

    async def _abort(self, connection: Connection) -> None:
        if self.faults.abort is Abort.IGNORED:
            return
        if self.faults.abort is Abort.REFUSED:
            await self._answer(connection, Op.ABORT, Result.ABORT_UNSUCCESSFUL)
            return
        if self._procedure:
            self._procedure.cancel()
        await self._answer(connection, Op.ABORT, Result.SUCCESS)

    # Answers

    async def _answer(self, connection: Connection, op: int, result: int) -> None:
        await self._indicate(connection, bytes((Op.ANSWER, 0, op, result)))

    async def _answer_count(self, connection: Connection, records: int) -> None:
        counted = records if self.faults.counted is None else self.faults.counted
        await self._indicate(connection, bytes((Op.COUNT_ANSWER, 0)) + word(counted))

    async def _indicate(self, connection: Connection, value: bytes) -> None:
        # Free from the moment the answer leaves: a fast client's next request can be here before this task
        # learns that the answer was confirmed.
        for _ in range(self._garbled_answers):
            await self.device.indicate_subscriber(connection, self.control, b"\xff")
        self._garbled_answers = 0
        self._busy = False
        await self.device.indicate_subscriber(connection, self.control, value)
