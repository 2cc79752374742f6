"""CGM Measurements → readings. A sensor counts minutes from the start of its session."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from companion.clock import to_ms
from companion.devices.profiles.assigned_numbers import SampleType
from companion.devices.profiles.cgm_profile import CalTempOctet, CgmMeasurement, StatusOctet, decode
from companion.devices.profiles.cgm_session import CgmFeatures, SessionStart
from companion.devices.profiles.wire import as_number
from companion.devices.records.device_time import TRUSTED_DRIFT, UNMOVED, Dates, NotAReading, Stamps, TimeCase
from companion.devices.records.origin import Origin
from companion.readings.batch import Incoming
from companion.readings.identity import Identities
from companion.readings.plausible import why_impossible
from companion.readings.reading import Kind, Metric, Reading
from companion.readings.units import GlucoseUnit

STATUS_FLAGS = (
    (StatusOctet.SENSOR_TYPE, "sensor_type"),
    (StatusOctet.SENSOR_MALFUNCTION, "malfunction"),
    (StatusOctet.GENERAL_FAULT, "fault"),
)
MINUTE_MS = 60_000
_WHERE = "CGM measurement"


class Session(NamedTuple):
    """What the sensor says of itself; None for what it does not tell."""

    start: SessionStart | None
    features: CgmFeatures | None


class CgmRecord(NamedTuple):
    """A record that is a reading; `shown` is the sensor's own wall time (naive)."""

    shown: datetime
    measurement: CgmMeasurement


def decode_cgm(raws: Sequence[bytes], session: Session) -> list[CgmRecord]:
    """Raises DecodeError when one record cannot be read, or is no reading."""
    return [_record(decode(raw), session) for raw in raws]


def _record(measurement: CgmMeasurement, session: Session) -> CgmRecord:
    if session.features and session.features.type == SampleType.CONTROL_SOLUTION:
        raise NotAReading("a test with control solution, not a patient's glucose", where=_WHERE)
    if measurement.limit is None:
        _refuse_impossible(measurement)
    if session.start is None or session.start.local is None:
        raise NotAReading("no time: the sensor does not say when its session started", where=_WHERE)
    try:
        return CgmRecord(session.start.local + timedelta(minutes=measurement.time_offset_min), measurement)
    except OverflowError:
        raise NotAReading("a time outside the calendar", where=_WHERE) from None


def _refuse_impossible(measurement: CgmMeasurement) -> None:
    value = as_number(measurement.glucose)
    if value is None:
        raise NotAReading("no value: the sensor says that it measured none", where=_WHERE)
    if why_not := why_impossible(Metric.GLUCOSE, value, GlucoseUnit.MG_DL.value):
        raise NotAReading(why_not, where=_WHERE)


def stamps_of(records: Sequence[CgmRecord]) -> Stamps:
    """The times of the records, which the minutes of the session number."""
    minutes = [record.measurement.time_offset_min for record in records]
    return Stamps([record.shown for record in records], [UNMOVED] * len(records), minutes)


def dated_by_session(records: Sequence[CgmRecord], started_at: datetime, arrived_at: datetime) -> Dates:
    """By the instant at which the session started, for a sensor that knows in which zone that was."""
    start_ms, latest_ms = to_ms(started_at), to_ms(arrived_at + TRUSTED_DRIFT)
    instants = [start_ms + record.measurement.time_offset_min * MINUTE_MS for record in records]
    ahead = [place for place, instant in enumerate(instants) if instant > latest_ms]
    undatable = {place: NotAReading("lies after its own arrival", where="time") for place in ahead}
    flags = [TimeCase.CLOCK_RIGHT.value] * len(records)
    return Dates(instants, [0] * len(records), flags, undatable)


def cgm_readings(records: Sequence[CgmRecord], dates: Dates, origin: Origin) -> Incoming:
    """One reading for each record, dated as told."""
    return Incoming.of(_reading(record, *dated, origin) for record, dated in zip(records, dates.each(), strict=True))


def _reading(
    record: CgmRecord, taken_at: datetime, clock_offset_s: int, flag: str, origin: Origin
) -> tuple[bytes, Reading]:
    measurement = record.measurement
    identity = Identities(origin.device.encode()).of(record.shown, measurement.raw)
    reading = Reading(
        origin.patient,
        Metric.GLUCOSE,
        taken_at,
        origin.device,
        measurement.time_offset_min,
        None if measurement.limit else as_number(measurement.glucose),
        GlucoseUnit.MG_DL.value,
        Kind.CGM,
        origin.source,
        limit=measurement.limit,
        device_time=record.shown.isoformat(),
        clock_offset_s=clock_offset_s,
        flags=",".join([*_doubts(measurement), *filter(None, [flag])]),
        raw=measurement.raw,
    )
    return identity, reading


def _doubts(measurement: CgmMeasurement) -> list[str]:
    """What makes the value doubtful, by the sensor's own word."""
    doubts = [name for bit, name in STATUS_FLAGS if (measurement.status or 0) & bit]
    uncalibrated = (measurement.cal_temp or 0) & CalTempOctet.CALIBRATION_REQUIRED
    return [*doubts, "uncalibrated"] if uncalibrated else doubts
