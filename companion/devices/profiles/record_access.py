"""Record Access Control Point (2A52): what is asked of a device's memory, and what the device answers.

Bluetooth SIG, Glucose Service and CGM Service, which share it.
"""

from datetime import datetime
from enum import IntEnum
from struct import pack
from typing import NamedTuple

from companion.devices.profiles.wire import DecodeError, date_time_bytes, decode_date_time


class OpCode(IntEnum):
    REPORT = 1
    DELETE = 2
    ABORT = 3
    COUNT = 4
    COUNT_RESPONSE = 5
    RESPONSE = 6


class Operator(IntEnum):
    NULL = 0
    ALL = 1
    LESS_OR_EQUAL = 2
    GREATER_OR_EQUAL = 3
    RANGE = 4
    FIRST = 5
    LAST = 6


class Filter(IntEnum):
    """What the values of an operand are."""

    NUMBER = 1
    """A meter's sequence number; a sensor's minutes since its session started."""
    USER_FACING_TIME = 2
    """The wall time that the device shows. Meters only."""


class Answer(IntEnum):
    """The response codes that need a name here; others are reported as numbers."""

    SUCCESS = 1
    OPCODE_NOT_SUPPORTED = 2
    INVALID_OPERATOR = 3
    OPERATOR_NOT_SUPPORTED = 4
    INVALID_OPERAND = 5
    NO_RECORDS = 6
    ABORT_UNSUCCESSFUL = 7
    NOT_COMPLETED = 8
    OPERAND_NOT_SUPPORTED = 9


class RecordAccess(NamedTuple):
    """One value of the control point: exactly one of records, response and request_text is set.

    `records` answers a count; `response` is the code that answers the op code `request`; `request_text` is
    what a client asks, in words.
    """

    records: int | None
    response: int | None
    request: int | None
    request_text: str | None
    raw: bytes


_NAME = "record access"
_COUNT_BYTES = (1, 2, 4)
"""The service says two; meters were seen sending one and four."""


def request(op_code: OpCode, operator: Operator = Operator.NULL, *values: int | datetime) -> bytes:
    """What to write to the control point; `values` are the operand of <=, >= and range: numbers (for a sensor the
    minutes of its session), or times that the device displays (naive)."""
    if not values:
        return bytes([op_code, operator])
    by = Filter.USER_FACING_TIME if isinstance(values[0], datetime) else Filter.NUMBER
    return bytes([op_code, operator, by]) + b"".join(map(_operand, values))


def _operand(value: int | datetime) -> bytes:
    return date_time_bytes(value) if isinstance(value, datetime) else pack("<H", value)


def decode(payload: bytes, number: str = "sequence") -> RecordAccess:
    """A response or a request, in which `number` is the word for what the records are numbered by.

    Raises DecodeError, and nothing else.
    """
    if len(payload) < 2:
        raise DecodeError(f"{len(payload)} bytes, and it takes two at least", where=_NAME)
    op_code, operator, operand = payload[0], payload[1], payload[2:]
    if op_code == OpCode.COUNT_RESPONSE:
        return _count_response(operator, operand, payload)
    if op_code == OpCode.RESPONSE:
        return _response(operator, operand, payload)
    return RecordAccess(None, None, None, _request_text(op_code, operator, operand, number), payload)


def _count_response(operator: int, operand: bytes, payload: bytes) -> RecordAccess:
    _demand_no_operator(operator)
    if len(operand) not in _COUNT_BYTES:
        raise DecodeError(f"a count of {len(operand)} bytes", where=_NAME)
    return RecordAccess(int.from_bytes(operand, "little"), None, None, None, payload)


def _response(operator: int, operand: bytes, payload: bytes) -> RecordAccess:
    _demand_no_operator(operator)
    if len(operand) != 2:
        raise DecodeError(f"a response of {len(operand)} bytes instead of 2", where=_NAME)
    return RecordAccess(None, operand[1], operand[0], None, payload)


def _demand_no_operator(operator: int) -> None:
    if operator != Operator.NULL:
        raise DecodeError(f"operator {operator} where there is none", where=_NAME)


_VERBS = {OpCode.REPORT: "report", OpCode.DELETE: "delete", OpCode.COUNT: "count"}
_WHOLE = {Operator.ALL: "all", Operator.FIRST: "first", Operator.LAST: "last"}
_BOUNDED = {
    Operator.LESS_OR_EQUAL: ("<= {} {}", 1),
    Operator.GREATER_OR_EQUAL: (">= {} {}", 1),
    Operator.RANGE: ("range {} {} to {}", 2),
}
"""The words, and how many values the operand holds."""


def _request_text(op_code: int, operator: int, operand: bytes, number: str) -> str:
    if op_code == OpCode.ABORT:
        _demand_no_operator(operator)
        _demand_no_operand(operand)
        return "abort"
    if op_code not in _VERBS:
        raise DecodeError(f"op code {op_code} is not known", where=_NAME)
    return f"{_VERBS[OpCode(op_code)]} {_selection_text(operator, operand, number)}"


def _selection_text(operator: int, operand: bytes, number: str) -> str:
    if operator in _WHOLE:
        _demand_no_operand(operand)
        return _WHOLE[Operator(operator)]
    if operator not in _BOUNDED:
        raise DecodeError(f"operator {operator} selects nothing", where=_NAME)
    words, how_many = _BOUNDED[Operator(operator)]
    return words.format(*_bounds(operand, how_many, number))


def _demand_no_operand(operand: bytes) -> None:
    if operand:
        raise DecodeError(f"{len(operand)} bytes are left over", where=_NAME)


def _bounds(operand: bytes, how_many: int, number: str) -> list[str]:
    """The filter's name, then its values in words."""
    kind, values = operand[:1], operand[1:]
    if kind == bytes([Filter.NUMBER]):
        return [number, *(str(int.from_bytes(value, "little")) for value in _split(values, 2, how_many))]
    if kind == bytes([Filter.USER_FACING_TIME]):
        return ["time", *(_time_text(value) for value in _split(values, 7, how_many))]
    raise DecodeError(f"filter {kind.hex() or 'missing'} is not known", where=_NAME)


def _split(values: bytes, size: int, how_many: int) -> list[bytes]:
    if len(values) != size * how_many:
        raise DecodeError(f"an operand of {len(values)} bytes instead of {size * how_many}", where=_NAME)
    return [values[start : start + size] for start in range(0, len(values), size)]


def _time_text(value: bytes) -> str:
    local = decode_date_time(value).local
    if local is None:
        raise DecodeError("a time without a date selects nothing", where=_NAME)
    return local.isoformat()
