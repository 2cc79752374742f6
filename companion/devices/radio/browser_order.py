"""How a browser has to read a device: what to look at, what to listen to, what to ask for. As data, in hex.

A browser knows nothing of models and decodes nothing: what a quirk asks for, and how a request is written, is decided
here, as for a device that is read by this process.
"""

from struct import pack
from typing import NamedTuple

from companion.devices.profiles import record_access
from companion.devices.profiles.assigned_numbers import (
    BLOOD_PRESSURE_MEASUREMENT,
    CGM_FEATURE,
    CGM_MEASUREMENT,
    CGM_SESSION_START,
    CGM_STATUS,
    CURRENT_TIME,
    GLUCOSE_CONTEXT,
    GLUCOSE_MEASUREMENT,
    RECORD_ACCESS,
)
from companion.devices.profiles.record_access import OpCode
from companion.devices.profiles.wire import date_time_bytes
from companion.devices.quirks import ClockPlace, Quirks
from companion.devices.radio.download import LATE_CONTEXT_S
from companion.devices.radio.introduction import CLOCKS
from companion.devices.radio.record_transfer import ABORT_TIMEOUT_S
from companion.devices.radio.selection import ALL_RECORDS, Mark, Selection, everything, from_number, starting_at
from companion.devices.radio.session import CUFF_QUIET_S, RECORD_ACCESS_TIMEOUT_S

OPTIONAL = (GLUCOSE_CONTEXT, CURRENT_TIME)
"""What may refuse to be listened to: the values are worth having without it."""
LISTEN = {
    "meter": (GLUCOSE_CONTEXT, GLUCOSE_MEASUREMENT, RECORD_ACCESS),
    "sensor": (CGM_MEASUREMENT, RECORD_ACCESS),
    "cuff": (BLOOD_PRESSURE_MEASUREMENT,),
}
"""In this order: by the time the control point can answer, nothing can be missed."""
RECORDS = {"meter": GLUCOSE_MEASUREMENT, "sensor": CGM_MEASUREMENT, "cuff": BLOOD_PRESSURE_MEASUREMENT}
READ_FIRST = {"sensor": (CGM_FEATURE, CGM_STATUS, CGM_SESSION_START)}
"""A sensor's record only tells how many minutes after its session's start it was taken."""
NUMBER_FOLLOWS = 3
"""Bytes of "records from n" before the number itself."""
FIRST_VALUE_S = 120.0
"""A person is told to measure now, and a cuff takes a minute for that."""


class Ask(NamedTuple):
    """A selection as it is written to the control point, to be counted and to be reported. `begins` is how the
    record of the mark begins; unless it comes, the memory has started over, and the next asking has to follow."""

    to_count: str
    to_report: str
    begins: str


class Waits(NamedTuple):
    """For how many seconds to wait: for the next value of a memory, for the answer to an abort, for contexts that
    come behind the end, for the first value of a cuff, and for its next."""

    idle: float = RECORD_ACCESS_TIMEOUT_S
    abort: float = ABORT_TIMEOUT_S
    late: float = LATE_CONTEXT_S
    first: float = FIRST_VALUE_S
    quiet: float = CUFF_QUIET_S


class BrowserOrder(NamedTuple):
    """Characteristics by their short UUIDs. `asks` to be tried in turn until one is not refused; none for a cuff,
    which sends by itself. `resume` is followed by the number of the last record that came, after a broken link; ""
    where numbers do not last. `may_empty`: reading deletes the device's memory, so somebody has to agree first."""

    clocks: tuple[str, ...]
    is_clock_notified: bool
    read_first: tuple[str, ...]
    listen: tuple[str, ...]
    optional: tuple[str, ...]
    records: str
    asks: tuple[Ask, ...]
    resume: str
    may_empty: bool
    waits: Waits = Waits()


def order_for(kind: str, quirks: Quirks, mark: Mark | None) -> BrowserOrder:
    """For a meter, sensor or cuff of that model. `mark` is where its last reading ended, None to read everything."""
    is_notified = quirks.clock is ClockPlace.NOTIFIED
    has_memory = RECORD_ACCESS in LISTEN[kind]
    return BrowserOrder(
        clocks=CLOCKS[quirks.clock],
        is_clock_notified=is_notified,
        read_first=READ_FIRST.get(kind, ()),
        listen=((CURRENT_TIME,) if is_notified else ()) + LISTEN[kind],
        optional=OPTIONAL,
        records=RECORDS[kind],
        asks=_asks(quirks, mark if kind == "meter" else None) if has_memory else (),
        resume=_resume() if kind == "meter" and quirks.has_lasting_sequence else "",
        may_empty=quirks.deletes_what_it_sent,
    )


def _asks(quirks: Quirks, mark: Mark | None) -> tuple[Ask, ...]:
    """What is wanted first, then what is asked for when the device cannot select that."""
    wanted = starting_at(mark, quirks)
    begins = _beginning(mark) if mark and wanted == from_number(mark.number) else ""
    others = dict.fromkeys([everything(quirks), ALL_RECORDS, from_number(0)])
    others.pop(wanted, None)
    return (_ask(wanted, begins), *(_ask(selection) for selection in others))


def _ask(selection: Selection, begins: str = "") -> Ask:
    to_count, to_report = (
        record_access.request(op_code, selection.operator, *selection.values).hex()
        for op_code in (OpCode.COUNT, OpCode.REPORT)
    )
    return Ask(to_count, to_report, begins)


def _beginning(mark: Mark) -> str:
    """A glucose measurement, behind its flags: the number, and the base time where it is known."""
    return (pack("<H", mark.number) + (date_time_bytes(mark.time) if mark.time else b"")).hex()


def _resume() -> str:
    first, values = from_number(0)
    return record_access.request(OpCode.REPORT, first, *values)[:NUMBER_FOLLOWS].hex()
