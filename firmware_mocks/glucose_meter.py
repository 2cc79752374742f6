"""A blood-glucose meter of the Glucose Profile: its memory is asked for at the Record Access Control Point."""

import asyncio
from enum import IntEnum
from pathlib import Path
from typing import Any

from bumble import att
from bumble.core import UUID
from bumble.device import Connection
from bumble.gatt import Characteristic, Service
from bumble.profiles.device_information_service import DeviceInformationService

from firmware_mocks.air import Air
from firmware_mocks.encode import Glucose, octet, word
from firmware_mocks.faults import Faults
from firmware_mocks.peripheral import (
    CURRENT_TIME,
    DATE_TIME,
    READ_ENCRYPTED,
    Peripheral,
    Property,
    WallClock,
)
from firmware_mocks.record_selection import ALL, NotSelected, Result, select

RECORDS_BETWEEN_DRAINS = 16
"""So many notifications are handed to the controller before the meter waits for them to be on the air."""

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


class GlucoseMeter(Peripheral):
    """Keeps `records`; everything but its name wants an encrypted link."""

    service = 0x1808
    name = "meter+01234567"

    def __init__(
        self,
        air: Air,
        records: list[Glucose],
        *,
        address: str = "C1:00:00:00:18:08",
        clock: WallClock | None = None,
        faults: Faults | None = None,
        bonds: Path | None = None,
    ) -> None:
        super().__init__(air, address, clock=clock or WallClock(), faults=faults, bonds=bonds)
        self.records = list(records)
        self._procedure: asyncio.Task[None] | None = None
        self._busy = False
        self._garbled_answers = 0
        self._measurement = self.told(0x2A18, Property.NOTIFY)
        self._context = self.told(0x2A34, Property.NOTIFY)
        self._control = self.told(0x2A52, Property.WRITE | Property.INDICATE, write=self._on_request)
        feature = Characteristic(UUID.from_16_bits(0x2A51), Property.READ, READ_ENCRYPTED, word(0x07FF))
        glucose = [self._measurement, self._context, feature, self._control, self.clock_as(DATE_TIME)]
        self.device.add_services(
            [
                Service(UUID.from_16_bits(self.service), glucose),
                Service(UUID.from_16_bits(0x1805), [self.clock_as(CURRENT_TIME)]),
                DeviceInformationService(
                    manufacturer_name="Virtual Diagnostics",
                    model_number="GM-1",
                    serial_number="01234567",
                    firmware_revision="1.0.0",
                ),
            ]
        )

    def _on_request(self, connection: Connection, request: bytes) -> None:
        """A write to the control point. What is refused here is refused as an ATT error."""
        if not self._is_subscribed(connection, self._control, Property.INDICATE):
            raise att.ATT_Error(NOT_SUBSCRIBED)
        if request[:1] == octet(Op.ABORT):
            self._procedure = asyncio.ensure_future(self._abort(connection, self._procedure))
            return
        if self._busy:
            raise att.ATT_Error(PROCEDURE_IN_PROGRESS)
        if request[:1] == octet(Op.REPORT) and not self._is_subscribed(connection, self._measurement, Property.NOTIFY):
            raise att.ATT_Error(NOT_SUBSCRIBED)
        self._busy = True
        self._garbled_answers = self.faults.garbled_answers
        self._procedure = asyncio.ensure_future(self._run(connection, bytes(request)))

    def _is_subscribed(self, connection: Connection, characteristic: Characteristic[Any], kind: Property) -> bool:
        notifies, indicates = 0x01, 0x02
        wanted = notifies if kind == Property.NOTIFY else indicates
        return bool(self.device.gatt_server.read_cccd(connection, characteristic)[0] & wanted)

    async def _run(self, connection: Connection, request: bytes) -> None:
        try:
            await self._carry_out(connection, request)
        finally:
            self._busy = False

    async def _carry_out(self, connection: Connection, request: bytes) -> None:
        op, selection = request[0] if request else 0, request[1:]
        if op not in (Op.REPORT, Op.DELETE, Op.COUNT) or (op == Op.COUNT and self.faults.cannot_count):
            await self._answer(connection, op, Result.OP_NOT_SUPPORTED)
            return
        try:
            chosen = self._choose(selection)
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
        elif await self._send(connection, chosen):
            await self._answer(connection, op, Result.SUCCESS)

    def _choose(self, selection: bytes) -> list[Glucose]:
        if self.faults.cannot_select and selection[:1] != octet(ALL):
            raise NotSelected(Result.OPERATOR_NOT_SUPPORTED)
        return select(self.records, selection)

    async def _send(self, connection: Connection, records: list[Glucose]) -> bool:
        """Notifies the records, each followed by its context; False when the link was lost on the way."""
        for number, record in enumerate(records):
            if number == self.faults.link_lost_after:
                await connection.drain()  # what was sent is on the air before the link goes
                self.air.lose_links(self.controller)
                return False
            if number == self.faults.stalls_after:
                await asyncio.Event().wait()
            if number not in self.faults.lost:
                await self._send_one(connection, number, record)
            if number % RECORDS_BETWEEN_DRAINS == RECORDS_BETWEEN_DRAINS - 1:
                await connection.drain()
        return True

    async def _send_one(self, connection: Connection, number: int, record: Glucose) -> None:
        payload = self.faults.malformed.get(number, record.encode())
        for _ in range(2 if number in self.faults.duplicated else 1):
            await self.device.notify_subscriber(connection, self._measurement, payload)
        if record.context and not self.faults.context_lost:
            context = record.context.encode(record.sequence)
            await self.device.notify_subscriber(connection, self._context, context)

    async def _abort(self, connection: Connection, procedure: asyncio.Task[None] | None) -> None:
        if procedure:
            procedure.cancel()
        await self._answer(connection, Op.ABORT, Result.SUCCESS)

    async def _answer(self, connection: Connection, op: int, result: Result) -> None:
        await self._indicate(connection, bytes((Op.ANSWER, 0, op, result)))

    async def _answer_count(self, connection: Connection, records: int) -> None:
        counted = records if self.faults.counted is None else self.faults.counted
        await self._indicate(connection, bytes((Op.COUNT_ANSWER, 0)) + word(counted))

    async def _indicate(self, connection: Connection, value: bytes) -> None:
        # Free from the moment the answer leaves: a fast client's next request can be here before this task
        # learns that the answer was confirmed.
        for _ in range(self._garbled_answers):
            await self.device.indicate_subscriber(connection, self._control, b"\xff")
        self._garbled_answers = 0
        self._busy = False
        await self.device.indicate_subscriber(connection, self._control, value)
