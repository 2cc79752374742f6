"""Which records a request to the Record Access Control Point names."""

from collections.abc import Callable
from datetime import datetime
from enum import IntEnum
from typing import Protocol, TypeVar

from firmware_mocks.encode import date_time, word


class Record(Protocol):
    """What a memory holds: numbered, and of some time as far as the device shows it."""

    @property
    def number(self) -> int: ...
    @property
    def shown_time(self) -> datetime | None: ...
    def encode(self) -> bytes: ...


AnyRecord = TypeVar("AnyRecord", bound=Record)


class Result(IntEnum):
    SUCCESS = 0x01
    OP_NOT_SUPPORTED = 0x02
    INVALID_OPERATOR = 0x03
    OPERATOR_NOT_SUPPORTED = 0x04
    INVALID_OPERAND = 0x05
    NO_RECORDS = 0x06
    ABORT_UNSUCCESSFUL = 0x07
    OPERAND_NOT_SUPPORTED = 0x09


ALL, AT_MOST, AT_LEAST, BETWEEN, FIRST, LAST = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
BY_SEQUENCE, BY_TIME = 0x01, 0x02


class NotSelected(Exception):
    """The request names no records; the result says why."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.name)
        self.result = result


def select(records: list[AnyRecord], selection: bytes) -> list[AnyRecord]:
    """The records that an operator and its operand name, oldest first. Raises NotSelected."""
    if not selection or selection[0] == 0:
        raise NotSelected(Result.INVALID_OPERATOR)
    operator, operand = selection[0], selection[1:]
    if operator in (ALL, FIRST, LAST):
        if operand:
            raise NotSelected(Result.INVALID_OPERAND)
        return {ALL: records, FIRST: records[:1], LAST: records[-1:]}[operator]
    if operator not in (AT_MOST, AT_LEAST, BETWEEN):
        raise NotSelected(Result.OPERATOR_NOT_SUPPORTED)
    key, bounds = _bounds(operand, how_many=2 if operator == BETWEEN else 1)
    if operator == AT_MOST:
        return [record for record in records if key(record) <= bounds[0]]
    if operator == AT_LEAST:
        return [record for record in records if key(record) >= bounds[0]]
    if bounds[0] > bounds[1]:
        raise NotSelected(Result.INVALID_OPERAND)
    return [record for record in records if bounds[0] <= key(record) <= bounds[1]]


def _bounds(operand: bytes, how_many: int) -> tuple[Callable[[Record], bytes], list[bytes]]:
    """What is compared, and with what. Both as bytes of the highest value first, so that they sort."""
    if not operand:
        raise NotSelected(Result.INVALID_OPERAND)
    if operand[0] not in (BY_SEQUENCE, BY_TIME):
        raise NotSelected(Result.OPERAND_NOT_SUPPORTED)
    size = 2 if operand[0] == BY_SEQUENCE else 7
    values = operand[1:]
    if len(values) != size * how_many:
        raise NotSelected(Result.INVALID_OPERAND)
    bounds = [_sortable(values[start : start + size]) for start in range(0, len(values), size)]
    if operand[0] == BY_SEQUENCE:
        return lambda record: _sortable(word(record.number)), bounds
    return lambda record: _sortable(date_time(record.shown_time)), bounds


def _sortable(little_endian: bytes) -> bytes:
    """A u16, alone or followed by single octets: the u16 with its high octet first."""
    return little_endian[1::-1] + little_endian[2:]
