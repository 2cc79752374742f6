"""What a GATT value says, ready for JSON: the keys are part of the public interface, an absent field is None."""

from collections.abc import Callable
from typing import Any

from companion.cli.said import iso, names, number, number_or_special, one_decimal, text
from companion.devices.profiles import (
    blood_pressure_profile,
    cgm_profile,
    cgm_session,
    current_time_profile,
    device_information,
    features,
    glucose_profile,
    record_access,
)
from companion.devices.profiles.wire import Special, as_number, decode_date_time, decode_sfloat

Said = dict[str, Any]


def _glucose_measurement(payload: bytes) -> Said:
    measurement = glucose_profile.decode(payload)
    return {
        "sequence": measurement.sequence,
        "base_time": iso(measurement.base_time),
        "time_offset_min": measurement.time_offset_min,
        "user_facing_time": iso(measurement.user_facing_time),
        "concentration": text(measurement.concentration),
        "unit": measurement.unit,
        "mg_dl": number(measurement.mg_dl),
        "mmol_l_display": one_decimal(measurement.mmol_l),
        "type": measurement.type,
        "location": measurement.location,
        "status": measurement.status,
        "context_follows": measurement.context_follows,
        "trailing_bytes": measurement.trailing_bytes,
    }


def _glucose_context(payload: bytes) -> Said:
    context = glucose_profile.decode_context(payload)
    numbers = {"carb": context.carb, "medication": context.medication, "hba1c": context.hba1c}
    said = context._asdict() | {key: text(value) for key, value in numbers.items()}
    del said["raw"]
    return said


def _blood_pressure(payload: bytes) -> Said:
    measurement = blood_pressure_profile.decode(payload)
    return {
        "systolic": text(measurement.systolic),
        "diastolic": text(measurement.diastolic),
        "map": text(measurement.map),
    } | _pressure_rest(measurement)


def _cuff_pressure(payload: bytes) -> Said:
    pressure = blood_pressure_profile.decode_cuff_pressure(payload)
    return {"cuff": text(pressure.cuff)} | _pressure_rest(pressure)


def _pressure_rest(
    record: blood_pressure_profile.BloodPressureMeasurement | blood_pressure_profile.CuffPressure,
) -> Said:
    return {
        "unit": record.unit,
        "timestamp": iso(record.timestamp),
        "timestamp_raw": record.timestamp_parts,
        "pulse": text(record.pulse),
        "user_id": record.user_id,
        "status": record.status,
        "trailing_bytes": record.trailing_bytes,
    }


def _cgm_measurement(payload: bytes) -> Said:
    measurement = cgm_profile.decode(payload)
    return {
        "size": measurement.size,
        "flags": measurement.flags,
        "concentration": text(measurement.glucose),
        "unit": "mg/dL",
        "glucose_mg_dl": number(as_number(measurement.glucose)),
        "time_offset_min": measurement.time_offset_min,
        "status": measurement.status,
        "cal_temp": measurement.cal_temp,
        "warning": measurement.warning,
        "trend": number_or_special(measurement.trend),
        "quality_pct": number_or_special(measurement.quality),
        "crc": measurement.crc,
    }


def _record_access(payload: bytes, number: str = "sequence") -> Said:
    value = record_access.decode(payload, number)
    return {
        "count": value.records,
        "response": value.response,
        # What the value is about: the op code that was answered or, in a request, its words.
        "request": value.request if value.request_text is None else value.request_text,
        "request_text": value.request_text,
    }


def _date_time(payload: bytes) -> Said:
    value = decode_date_time(payload)
    return {"datetime": iso(value.local), "raw": value.parts}


def _sfloat(payload: bytes) -> Said:
    value = decode_sfloat(payload)
    special = isinstance(value, Special)
    return {"value": None if special else text(value), "special": value if special else None}


def _current_time(payload: bytes) -> Said:
    value = current_time_profile.decode(payload)
    return {
        "datetime": iso(value.local),
        "raw": value.parts,
        "day_of_week": value.day_of_week,
        "fractions_256": value.fractions,
        "adjust_reason": int(value.adjust_reason),
        "adjust_reasons": names(value.adjust_reason),
        "trailing_bytes": value.trailing_bytes,
    }


def _cgm_record_access(payload: bytes) -> Said:
    return _record_access(payload, "time offset")


def _cgm_session_start(payload: bytes) -> Said:
    value = cgm_session.decode_start(payload)
    return {
        "datetime": iso(value.local),
        "raw": value.parts,
        "utc_offset_min": value.utc_offset_min,
        "started_at": iso(value.started_at),
        "crc": value.crc,
    }


def _cgm_session_run_time(payload: bytes) -> Said:
    value = cgm_session.decode_run_time(payload)
    return {"hours": value.hours, "crc": value.crc}


def _cgm_status(payload: bytes) -> Said:
    said = cgm_session.decode_status(payload)._asdict()
    del said["raw"]
    return said


def _cgm_feature(payload: bytes) -> Said:
    value = cgm_session.decode_features(payload)
    return {
        "flags": int(value.features),
        "features": names(value.features),
        "type": value.type,
        "location": value.location,
        "crc": value.crc,
    }


def _glucose_feature(payload: bytes) -> Said:
    return _features(features.decode_glucose_feature(payload))


def _blood_pressure_feature(payload: bytes) -> Said:
    return _features(features.decode_blood_pressure_feature(payload))


def _features(value: features.Features[Any]) -> Said:
    return {
        "flags": int(value.features),
        "features": names(value.features),
        "trailing_bytes": value.trailing_bytes,
    }


def _battery_level(payload: bytes) -> Said:
    value = device_information.decode_battery(payload)
    return {"percent": value.percent, "trailing_bytes": value.trailing_bytes}


def _device_text(payload: bytes) -> Said:
    return {"text": device_information.decode_text(payload)}


DECODERS: dict[str, Callable[[bytes], Said]] = {
    "glucose-measurement": _glucose_measurement,
    "glucose-context": _glucose_context,
    "glucose-feature": _glucose_feature,
    "blood-pressure": _blood_pressure,
    "blood-pressure-feature": _blood_pressure_feature,
    "cuff-pressure": _cuff_pressure,
    "cgm-measurement": _cgm_measurement,
    "cgm-feature": _cgm_feature,
    "cgm-record-access": _cgm_record_access,
    "cgm-session-run-time": _cgm_session_run_time,
    "cgm-session-start": _cgm_session_start,
    "cgm-status": _cgm_status,
    "record-access": _record_access,
    "date-time": _date_time,
    "current-time": _current_time,
    "battery-level": _battery_level,
    "device-text": _device_text,
    "sfloat": _sfloat,
}
