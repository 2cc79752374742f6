"""Blood Pressure Measurements → readings."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from companion.clock import to_ms
from companion.devices.profiles.assigned_numbers import BloodPressureStatus
from companion.devices.profiles.blood_pressure_profile import BloodPressureMeasurement, decode
from companion.devices.profiles.wire import Number, Special, as_number
from companion.devices.records.device_time import UNMOVED, Dates, NotAReading, Stamps, TimeCase
from companion.devices.records.origin import Origin
from companion.readings.batch import Incoming
from companion.readings.identity import Identities, sequence_from
from companion.readings.plausible import PULSE_PER_MINUTE, why_impossible
from companion.readings.reading import Kind, Metric, Reading
from companion.readings.units import PRESSURE_UNIT, kpa_as_mmhg

CUFF_FLAGS = (
    (BloodPressureStatus.BODY_MOVEMENT, "movement"),
    (BloodPressureStatus.CUFF_TOO_LOOSE, "cuff_loose"),
    (BloodPressureStatus.IRREGULAR_PULSE, "irregular_pulse"),
    (BloodPressureStatus.IMPROPER_POSITION, "position"),
)
TENTH = Decimal("0.1")
_WHERE = "blood pressure"


class PressureRecord(NamedTuple):
    """A record that is a reading; pressures in mmHg. `shown` is the cuff's own time, None when it gives none."""

    systolic: Decimal
    diastolic: Decimal
    shown: datetime | None
    measurement: BloodPressureMeasurement


def decode_pressures(raws: Sequence[bytes], *, just_measured: bool) -> list[PressureRecord]:
    """Raises DecodeError when one record cannot be read, or is no reading. A record without a time is one only when
    it was just measured: it came alone, and not from memory."""
    return [_record(decode(raw), just_measured=just_measured) for raw in raws]


def _record(measurement: BloodPressureMeasurement, *, just_measured: bool) -> PressureRecord:
    if {Special.POS_INF, Special.NEG_INF} & {measurement.systolic, measurement.diastolic}:
        raise NotAReading("the pressure lies beyond what the cuff can measure", where=_WHERE)
    systolic, diastolic = as_number(measurement.systolic), as_number(measurement.diastolic)
    if systolic is None or diastolic is None:
        raise NotAReading("the measurement failed: the cuff gives no pressures", where=_WHERE)
    systolic, diastolic = _mmhg(systolic, measurement.unit), _mmhg(diastolic, measurement.unit)
    if why_not := why_impossible(Metric.BLOOD_PRESSURE, systolic, PRESSURE_UNIT, diastolic):
        raise NotAReading(why_not, where=_WHERE)
    if measurement.timestamp is None and not just_measured:
        raise NotAReading("no time, and perhaps from memory: nobody can say when it was taken", where=_WHERE)
    return PressureRecord(systolic, diastolic, measurement.timestamp, measurement)


def _mmhg(value: Decimal, unit: str) -> Decimal:
    """kPa to a tenth of a mmHg; the payload keeps what was sent."""
    return kpa_as_mmhg(value).quantize(TENTH) if unit == "kPa" else value


def stamps_of(records: Sequence[PressureRecord]) -> Stamps:
    """The times of the records; cuffs do not number them."""
    shown = [record.shown for record in records if record.shown]
    return Stamps(shown, [UNMOVED] * len(shown), None)


def stamped_on_arrival(received_at: datetime) -> Dates:
    """The date of a record that has none and was just measured."""
    return Dates([to_ms(received_at)], [0], [TimeCase.RECEIVE_STAMPED.value], {})


def pressure_readings(records: Sequence[PressureRecord], dates: Dates, origin: Origin) -> Incoming:
    """One reading for each record, dated as told."""
    return Incoming.of(_reading(record, *dated, origin) for record, dated in zip(records, dates.each(), strict=True))


def _reading(
    record: PressureRecord, taken_at: datetime, clock_offset_s: int, flag: str, origin: Origin
) -> tuple[bytes, Reading]:
    measurement = record.measurement
    identity = Identities(origin.device.encode()).of(record.shown or taken_at, measurement.raw)
    reading = Reading(
        origin.patient,
        Metric.BLOOD_PRESSURE,
        taken_at,
        origin.device,
        sequence_from(identity),
        record.systolic,
        PRESSURE_UNIT,
        Kind.CUFF,
        origin.source,
        diastolic=record.diastolic,
        pulse=_pulse(measurement.pulse),
        device_time=record.shown.isoformat() if record.shown else "",
        clock_offset_s=clock_offset_s,
        flags=",".join([*_quality(measurement.status or 0), *filter(None, [flag])]),
        raw=measurement.raw,
    )
    return identity, reading


def _pulse(sent: Number | None) -> Decimal | None:
    """Beats a minute. One that no heart has is left out: some cuffs send its bytes in the wrong order."""
    pulse, (slowest, fastest) = as_number(sent), PULSE_PER_MINUTE
    return pulse if pulse is not None and slowest <= pulse <= fastest else None


def _quality(status: int) -> list[str]:
    return [name for bit, name in CUFF_FLAGS if status & bit]
