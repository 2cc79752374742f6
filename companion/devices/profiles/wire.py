"""What the Bluetooth medical profiles share on the wire: SFLOAT, Date Time, records that begin with flags.

All numbers are little-endian. Times are the device's own wall time: naive, without a zone.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter
from struct import Struct
from typing import Any, NamedTuple

from companion.errors import BadInput


class DecodeError(BadInput):
    """A payload that is not what its characteristic says it is."""


class Special(StrEnum):
    """What an SFLOAT can say instead of a number (IEEE 11073-20601)."""

    POS_INF = "POS_INF"
    NAN = "NAN"
    NRES = "NRES"
    RESERVED = "RESERVED"
    NEG_INF = "NEG_INF"


Number = Decimal | Special

_SPECIALS = {
    0x7FE: Special.POS_INF,
    0x7FF: Special.NAN,
    0x800: Special.NRES,
    0x801: Special.RESERVED,
    0x802: Special.NEG_INF,
}


@lru_cache(maxsize=1 << 16)
def sfloat(word: int) -> Number:
    """The number in 16 bits: a signed exponent of 10 in the high four, a signed mantissa in the low twelve.

    The Decimal keeps the digits as sent (120e-5 is 0.00120). Specials are told by the mantissa alone, because
    some meters send them with an exponent.
    """
    mantissa, exponent = word & 0x0FFF, word >> 12
    if mantissa in _SPECIALS:
        return _SPECIALS[mantissa]
    return Decimal(_signed(mantissa, bits=12)).scaleb(_signed(exponent, bits=4))


def _signed(value: int, *, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


def optional_sfloat(word: int | None) -> Number | None:
    """An SFLOAT field that may be absent."""
    return None if word is None else sfloat(word)


def as_number(value: Number | None) -> Decimal | None:
    """The number; None for an absent field and for a special."""
    return value if isinstance(value, Decimal) else None


def decode_sfloat(payload: bytes) -> Number:
    """Exactly two bytes."""
    (word,) = _exactly(_SFLOAT, payload, "SFLOAT")
    return sfloat(word)


class DateTime(NamedTuple):
    """Date Time (2A08). `parts` are year, month, day, hour, minute, second as sent; `local` is None when the
    device does not know its date (year, month or day is 0)."""

    parts: tuple[int, ...]
    local: datetime | None


FIRST_YEAR = 1582
"""The first that the format knows besides 0."""


def date_time(year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime | None:
    """The device's wall time (naive), or None when year, month or day is 0: the device does not know it.

    Raises DecodeError for a time no calendar has. The years of the format are 1582 to 9999.
    """
    try:
        # A part that is unknown is replaced by one that forbids nothing: a leap year, a month of 31 days.
        local = datetime(year or 2000, month or 1, day or 1, hour, minute, second)  # noqa: DTZ001 a wall time
    except ValueError:
        raise _no_such_time(year, month, day, hour, minute, second) from None
    if not (year and month and day):
        return None
    if year < FIRST_YEAR:
        raise _no_such_time(year, month, day, hour, minute, second)
    return local


def _no_such_time(*parts: int) -> DecodeError:
    text = "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*parts)
    return DecodeError(f"{text} is not a time", where="date time", advice="set the clock of the device")


def decode_date_time(payload: bytes) -> DateTime:
    """Exactly seven bytes: year u16, month, day, hour, minute, second."""
    parts = _exactly(_DATE_TIME, payload, "date time")
    return DateTime(parts, date_time(*parts))


def date_time_bytes(local: datetime) -> bytes:
    """The seven bytes of Date Time for a device's own wall time (naive)."""
    return _DATE_TIME.pack(*local.timetuple()[:6])


_SFLOAT = Struct("<H")
_DATE_TIME = Struct("<HBBBBB")


def _exactly(layout: Struct, payload: bytes, name: str) -> tuple[int, ...]:
    if len(payload) != layout.size:
        raise DecodeError(f"{len(payload)} bytes instead of {layout.size}", where=name)
    return layout.unpack(payload)


class OptionalField(NamedTuple):
    """A field that is there when its bit of the flags is set. `format` is the struct format of its values."""

    bit: int
    format: str


class FlaggedLayout:
    """A record whose flags byte says which optional fields follow the fixed ones.

    One Struct for each value of the flags is made beforehand, so that unpacking is a single step: a clinic's
    computer takes in thousands of records at once.
    """

    def __init__(
        self, name: str, *, fixed: str, optional: tuple[OptionalField, ...], reserved: int, flags_at: int = 0
    ) -> None:
        """`fixed` is the struct format of the values that are always there, the flags byte among them at
        offset `flags_at`; `optional` in the order of the wire; `reserved` the bits of the flags that this
        layout leaves unused."""
        self.name = name
        self._flags_at = flags_at
        self._layouts = [None if flags & reserved else _plan(fixed, optional, flags) for flags in range(256)]

    def unpack(self, payload: bytes) -> tuple[Any, ...]:
        """Every value in order, None for the absent ones, then the number of bytes left over at the end."""
        try:
            flags = payload[self._flags_at]
        except IndexError:
            raise DecodeError(f"only {len(payload)} bytes", where=self.name) from None
        layout = self._layouts[flags]
        if layout is None:
            raise DecodeError(
                f"reserved flags are set (0x{flags:02x})",
                where=self.name,
                advice="the device uses a layout of its own, which is not supported",
            )
        struct, in_place = layout
        left_over = len(payload) - struct.size
        if left_over < 0:
            raise DecodeError(
                f"cut short: {len(payload)} bytes where flags 0x{flags:02x} announce {struct.size}",
                where=self.name,
                advice="read the record from the device again",
            )
        values: tuple[Any, ...] = in_place((*struct.unpack_from(payload), None, left_over))
        return values


def _plan(fixed: str, optional: tuple[OptionalField, ...], flags: int) -> tuple[Struct, "itemgetter[Any]"]:
    """The Struct of the fields present under these flags, and the way to put its values in their places.

    What is put in place is (*present values, None, left over): absent values point at the None.
    """
    present = "".join(field.format for field in optional if flags & field.bit)
    struct = Struct("<" + fixed + present)
    absent = len(fixed) + len(present)
    places = list(range(len(fixed)))
    following = iter(range(len(fixed), absent))
    for field in optional:
        places += [next(following) if flags & field.bit else absent for _ in field.format]
    return struct, itemgetter(*places, absent + 1)
