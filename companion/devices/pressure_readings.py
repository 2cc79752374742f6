"""Blood Pressure Measurements → readings."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from companion.clock import from_ms
from companion.devices.assigned_numbers import BloodPressureStatus
from companion.devices.blood_pressure_profile import BloodPressureMeasurement, decode
from companion.devices.device_time import Dating, NotAReading
from companion.devices.origin import Origin
from companion.devices.wire import as_number
from companion.readings.batch import Incoming
from companion.readings.identity import Identities, sequence_from
from companion.readings.plausible import why_impossible
from companion.readings.reading import Kind, Metric, Reading
from companion.readings.units import PRESSURE_UNIT, kpa_as_mmhg

CUFF_FLAGS = (
    (BloodPressureStatus.BODY_MOVEMENT, "movement"),
    (BloodPressureStatus.CUFF_TOO_LOOSE, "cuff_loose"),
    (BloodPressureStatus.IRREGULAR_PULSE, "irregular_pulse"),
    (BloodPressureStatus.IMPROPER_POSITION, "position"),
)
TENTH = Decimal("0.1")


def pressure_readings(raws: Sequence[bytes], received_at: datetime | None, origin: Origin, dating: Dating) -> Incoming:
    """One reading for each record. `received_at` stands in for a missing time: None unless the record came alone,
    just measured and not from memory. Raises DecodeError when one of the records cannot be read or is no reading."""
    return Incoming.of(_record(decode(raw), received_at, origin, dating) for raw in raws)


def _record(
    measurement: BloodPressureMeasurement, received_at: datetime | None, origin: Origin, dating: Dating
) -> tuple[bytes, Reading]:
    systolic, diastolic = _pressures(measurement)
    taken_at, flags = _when(measurement, received_at, dating)
    identity = Identities(origin.device.encode()).of(measurement.timestamp or taken_at, measurement.raw)
    reading = Reading(
        origin.patient,
        Metric.BLOOD_PRESSURE,
        taken_at,
        origin.device,
        sequence_from(identity),
        systolic,
        PRESSURE_UNIT,
        Kind.CUFF,
        origin.source,
        diastolic=diastolic,
        pulse=as_number(measurement.pulse),
        device_time=measurement.timestamp.isoformat() if measurement.timestamp else "",
        clock_offset_s=dating.offset_s,
        flags=",".join([*_quality(measurement.status or 0), *flags]),
        raw=measurement.raw,
    )
    return identity, reading


def _pressures(measurement: BloodPressureMeasurement) -> tuple[Decimal, Decimal]:
    systolic, diastolic = as_number(measurement.systolic), as_number(measurement.diastolic)
    if systolic is None or diastolic is None:
        raise NotAReading("the measurement failed: the cuff gives no pressures", where="blood pressure")
    systolic, diastolic = _mmhg(systolic, measurement.unit), _mmhg(diastolic, measurement.unit)
    if why_not := why_impossible(Metric.BLOOD_PRESSURE, systolic, PRESSURE_UNIT, diastolic):
        raise NotAReading(why_not, where="blood pressure")
    return systolic, diastolic


def _when(
    measurement: BloodPressureMeasurement, received_at: datetime | None, dating: Dating
) -> tuple[datetime, list[str]]:
    """The instant, and what is to be known about it."""
    if measurement.timestamp is not None:
        dates = dating.dates([measurement.timestamp])
        for why in dates.undatable.values():
            raise why
        return from_ms(dates.taken_at_ms[0]), list(filter(None, dates.flags))
    if received_at is not None:
        return received_at, ["receive_stamped"]
    raise NotAReading("no time, and not alone: nobody can say when each was taken", where="blood pressure")


def _quality(status: int) -> list[str]:
    return [name for bit, name in CUFF_FLAGS if status & bit]


def _mmhg(value: Decimal, unit: str) -> Decimal:
    """kPa to a tenth of a mmHg; the payload keeps what was sent."""
    return kpa_as_mmhg(value).quantize(TENTH) if unit == "kPa" else value
