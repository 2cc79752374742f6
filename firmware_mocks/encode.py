"""What a meter and a cuff put on the wire, written from the specification and from nothing in `companion`.

An error in reading the specification would have to be made twice, here and in the decoders, to go unseen.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

SFLOAT_WORDS = {"POS_INF": 0x07FE, "NAN": 0x07FF, "NRES": 0x0800, "RESERVED": 0x0801, "NEG_INF": 0x0802}
LARGEST_MANTISSA = 2045


def octet(value: int) -> bytes:
    return value.to_bytes(1, "little")


def word(value: int) -> bytes:
    return value.to_bytes(2, "little", signed=value < 0)


def sfloat(value: Decimal | str) -> bytes:
    """A Decimal, or text of one, with its digits kept as they are written; or the name of a special value.

    Raises ValueError for a number of more digits than twelve bits hold.
    """
    if value in SFLOAT_WORDS:
        return word(SFLOAT_WORDS[str(value)])
    sign, digits, exponent = Decimal(value).as_tuple()
    mantissa = int("".join(map(str, digits)) or "0") * (-1 if sign else 1)
    if not isinstance(exponent, int) or not -8 <= exponent <= 7 or abs(mantissa) > LARGEST_MANTISSA:
        raise ValueError(f"{value} does not fit an SFLOAT")
    return word((exponent & 0xF) << 12 | mantissa & 0xFFF)


def date_time(when: datetime | None) -> bytes:
    """The meter's wall time; None is a clock that was never set."""
    if when is None:
        return bytes(7)
    return word(when.year) + bytes((when.month, when.day, when.hour, when.minute, when.second))


def current_time(when: datetime | None) -> bytes:
    """Date Time, the day of the week (Monday is 1), the fraction of a second, no reason for an adjustment."""
    return date_time(when) + bytes((when.isoweekday() if when else 0, 0, 0))


@dataclass(frozen=True)
class Context:
    """Glucose Measurement Context, without its sequence number: that is the measurement's."""

    meal: int | None = None
    carb_id: int | None = None
    carb_kg: Decimal | str = "0"
    tester: int | None = None
    health: int = 15
    exercise_s: int | None = None
    exercise_pct: int = 0
    medication_id: int | None = None
    medication: Decimal | str = "0"
    medication_in_litres: bool = False
    hba1c: Decimal | str | None = None
    extended: int | None = None

    def encode(self, sequence: int) -> bytes:
        flags, body = 0, word(sequence)
        if self.extended is not None:
            flags, body = flags | 0x80, body + octet(self.extended)
        if self.carb_id is not None:
            flags, body = flags | 0x01, body + octet(self.carb_id) + sfloat(self.carb_kg)
        if self.meal is not None:
            flags, body = flags | 0x02, body + octet(self.meal)
        if self.tester is not None:
            flags, body = flags | 0x04, body + octet(self.tester | self.health << 4)
        if self.exercise_s is not None:
            flags, body = flags | 0x08, body + word(self.exercise_s) + octet(self.exercise_pct)
        if self.medication_id is not None:
            flags |= 0x30 if self.medication_in_litres else 0x10
            body += octet(self.medication_id) + sfloat(self.medication)
        if self.hba1c is not None:
            flags, body = flags | 0x40, body + sfloat(self.hba1c)
        return octet(flags) + body


@dataclass(frozen=True)
class Glucose:
    """Glucose Measurement. `value` is in kg/L, or in mol/L when `in_mol` is set; None leaves it out."""

    sequence: int
    time: datetime | None
    value: Decimal | str | None = None
    in_mol: bool = False
    type: int = 1
    location: int = 1
    offset_min: int | None = None
    status: int | None = None
    context: Context | None = None

    @property
    def number(self) -> int:
        return self.sequence

    @property
    def shown_time(self) -> datetime | None:
        """What the meter displays: what its clock said, moved by what its user moved the clock since."""
        return self.time and self.time + timedelta(minutes=self.offset_min or 0)

    def encode(self) -> bytes:
        flags, body = 0, word(self.sequence) + date_time(self.time)
        if self.offset_min is not None:
            flags, body = flags | 0x01, body + word(self.offset_min)
        if self.value is not None:
            flags |= 0x06 if self.in_mol else 0x02
            body += sfloat(self.value) + octet(self.type | self.location << 4)
        if self.status is not None:
            flags, body = flags | 0x08, body + word(self.status)
        if self.context is not None:
            flags |= 0x10
        return octet(flags) + body


@dataclass(frozen=True)
class BloodPressure:
    """Blood Pressure Measurement, in mmHg or, when `in_kpa` is set, in kPa. Intermediate Cuff Pressure is the
    same with NAN in the second and third place."""

    systolic: Decimal | str
    diastolic: Decimal | str = "NAN"
    mean: Decimal | str = "NAN"
    in_kpa: bool = False
    time: datetime | None = None
    pulse: Decimal | str | None = None
    user: int | None = None
    status: int | None = None

    def encode(self) -> bytes:
        flags = 0x01 if self.in_kpa else 0x00
        body = sfloat(self.systolic) + sfloat(self.diastolic) + sfloat(self.mean)
        if self.time is not None:
            flags, body = flags | 0x02, body + date_time(self.time)
        if self.pulse is not None:
            flags, body = flags | 0x04, body + sfloat(self.pulse)
        if self.user is not None:
            flags, body = flags | 0x08, body + octet(self.user)
        if self.status is not None:
            flags, body = flags | 0x10, body + word(self.status)
        return octet(flags) + body


@dataclass(frozen=True)
class Sensor:
    """CGM Measurement of one value, in mg/dL, `minutes` after the sensor was started."""

    glucose: Decimal | str
    minutes: int
    status: int | None = None
    cal_temp: int | None = None
    warning: int | None = None
    trend: Decimal | str | None = None
    quality: Decimal | str | None = None
    with_crc: bool = False

    @property
    def number(self) -> int:
        return self.minutes

    @property
    def shown_time(self) -> datetime | None:
        """A sensor shows none."""
        return None

    def encode(self) -> bytes:
        flags, body = 0, sfloat(self.glucose) + word(self.minutes)
        for bit, annunciation in ((0x80, self.status), (0x40, self.cal_temp), (0x20, self.warning)):
            if annunciation is not None:
                flags, body = flags | bit, body + octet(annunciation)
        for bit, number in ((0x01, self.trend), (0x02, self.quality)):
            if number is not None:
                flags, body = flags | bit, body + sfloat(number)
        record = octet(2 + len(body) + 2 * self.with_crc) + octet(flags) + body
        return with_checksum(record) if self.with_crc else record


def with_checksum(octets: bytes) -> bytes:
    return octets + word(crc_ccitt(octets))


def session_start(when: datetime | None, zone_quarters: int = 0, daylight_quarters: int = 0) -> bytes:
    """CGM Session Start Time without its checksum: the wall time, and how far that wall is ahead of UTC."""
    return date_time(when) + zone_quarters.to_bytes(1, "little", signed=True) + octet(daylight_quarters)


def crc_ccitt(octets: bytes) -> int:
    """The profile's E2E-CRC, bit by bit as its text describes the shift register: x^16 + x^12 + x^5 + 1, all
    ones at the start, every octet from its lowest bit; the register is read in reverse."""
    register = 0xFFFF
    for bit in (value >> place & 1 for value in octets for place in range(8)):
        top = register >> 15 ^ bit
        register = (register << 1 & 0xFFFF) ^ (0x1021 if top else 0)
    return int(f"{register:016b}"[::-1], 2)
