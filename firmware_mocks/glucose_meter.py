"""A blood-glucose meter of the Glucose Profile."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from bumble import att
from bumble.core import UUID
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue, Service

from firmware_mocks.air import Air
from firmware_mocks.builds import STANDARD_METER, MeterBuild
from firmware_mocks.control_point import RecordKeeper
from firmware_mocks.encode import Context, Glucose, word
from firmware_mocks.faults import Faults
from firmware_mocks.peripheral import DATE_TIME_BYTES, WRITE_ENCRYPTED, Property, WallClock
from firmware_mocks.record_selection import AT_LEAST, BY_SEQUENCE, NotSelected, Result

ISENS_SERVICE, ISENS_COMMAND = 0xFFF0, 0xFFF1
ISENS_SET_TIME = bytes.fromhex("c0030100")
OTHER_VALUE = Decimal("0.00199")
"""199 mg/dL: what a second record with the same number says."""


class GlucoseMeter(RecordKeeper[Glucose]):
    """Everything but its name wants an encrypted link."""

    service = 0x1808
    build: MeterBuild

    def __init__(
        self,
        air: Air,
        records: list[Glucose],
        *,
        address: str = "C1:00:00:00:18:08",
        build: MeterBuild = STANDARD_METER,
        clock: WallClock | None = None,
        faults: Faults | None = None,
        bonds: Path | None = None,
    ) -> None:
        super().__init__(air, address, build, records, clock=clock, faults=faults, bonds=bonds)
        self.measurement = self.told(0x2A18, Property.NOTIFY)
        self._context = self.told(0x2A34, Property.NOTIFY)
        contexts = [self._context] if build.has_contexts else []
        self.add([self.measurement, *contexts, self.shown(0x2A51, word(0x07FF)), self.control], *self._commands())

    def _commands(self) -> Iterator[Service]:
        if self.build.has_time_command:
            value = CharacteristicValue(write=self._on_command)
            uuid = UUID.from_16_bits(ISENS_COMMAND)
            command: Characteristic[Any] = Characteristic(uuid, Property.WRITE, WRITE_ENCRYPTED, value)
            yield Service(UUID.from_16_bits(ISENS_SERVICE), [command])

    def _on_command(self, connection: Connection, command: bytes) -> None:
        if not command.startswith(ISENS_SET_TIME) or len(command) != len(ISENS_SET_TIME) + DATE_TIME_BYTES:
            raise att.ATT_Error(att.ATT_INVALID_ATTRIBUTE_LENGTH_ERROR)
        self.set_clock(connection, command[len(ISENS_SET_TIME) :])

    def measure(self, value: Decimal | str, at: datetime, context: Context | None = None) -> Glucose:
        """One more record, with the next number."""
        last = self.records[-1].sequence if self.records else -1
        record = Glucose((last + 1) & 0xFFFF, at, value, context=context)
        self.records.append(record)
        return record

    def memory(self) -> list[Glucose]:
        if not self.build.numbers_backwards:
            return self.records
        return [replace(record, sequence=number) for number, record in enumerate(reversed(self.records))]

    def choose(self, selection: bytes) -> list[Glucose]:
        if self.build.only_from_number and selection[:2] != bytes((AT_LEAST, BY_SEQUENCE)):
            raise NotSelected(Result.OPERATOR_NOT_SUPPORTED)
        return super().choose(selection)

    async def notify(self, connection: Connection, number: int, record: Glucose) -> None:
        """The record, followed by its context."""
        if number in self.faults.special:
            record = replace(record, value=self.faults.special[number])
        await super().notify(connection, number, record)
        if number in self.faults.conflicting:
            await super().notify(connection, number, replace(record, value=OTHER_VALUE))
        if not self.faults.contexts_late:
            await self._send_context(connection, record)

    async def after_answer(self, connection: Connection, chosen: list[Glucose]) -> None:
        if self.faults.contexts_late:
            for record in chosen:
                await self._send_context(connection, record)

    async def _send_context(self, connection: Connection, record: Glucose) -> None:
        if record.context and not self.faults.context_lost:
            context = record.context.encode(record.sequence)
            await self.device.notify_subscriber(connection, self._context, context)
