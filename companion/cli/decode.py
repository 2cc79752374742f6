"""`companion decode`: what one GATT value says."""

import binascii
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import click

from companion.cli.common import answer_each_line, print_json
from companion.devices import blood_pressure_profile, cgm_profile, glucose_profile, record_access
from companion.devices.wire import Number, Special, as_number, decode_date_time, decode_sfloat
from companion.errors import BadInput

Said = dict[str, Any]


def _glucose_measurement(payload: bytes) -> Said:
    measurement = glucose_profile.decode(payload)
    return {
        "sequence": measurement.sequence,
        "base_time": _iso(measurement.base_time),
        "time_offset_min": measurement.time_offset_min,
        "user_facing_time": _iso(measurement.user_facing_time),
        "concentration": _text(measurement.concentration),
        "unit": measurement.unit,
        "mg_dl": _number(measurement.mg_dl),
        "mmol_l_display": _one_decimal(measurement.mmol_l),
        "type": measurement.type,
        "location": measurement.location,
        "status": measurement.status,
        "context_follows": measurement.context_follows,
        "trailing_bytes": measurement.trailing_bytes,
    }


def _glucose_context(payload: bytes) -> Said:
    context = glucose_profile.decode_context(payload)
    numbers = {"carb": context.carb, "medication": context.medication, "hba1c": context.hba1c}
    said = context._asdict() | {key: _text(value) for key, value in numbers.items()}
    del said["raw"]
    return said


def _blood_pressure(payload: bytes) -> Said:
    measurement = blood_pressure_profile.decode(payload)
    return {
        "systolic": _text(measurement.systolic),
        "diastolic": _text(measurement.diastolic),
        "map": _text(measurement.map),
    } | _pressure_rest(measurement)


def _cuff_pressure(payload: bytes) -> Said:
    pressure = blood_pressure_profile.decode_cuff_pressure(payload)
    return {"cuff": _text(pressure.cuff)} | _pressure_rest(pressure)


def _pressure_rest(
    record: blood_pressure_profile.BloodPressureMeasurement | blood_pressure_profile.CuffPressure,
) -> Said:
    return {
        "unit": record.unit,
        "timestamp": _iso(record.timestamp),
        "timestamp_raw": record.timestamp_parts,
        "pulse": _text(record.pulse),
        "user_id": record.user_id,
        "status": record.status,
        "trailing_bytes": record.trailing_bytes,
    }


def _cgm_measurement(payload: bytes) -> Said:
    measurement = cgm_profile.decode(payload)
    return {
        "size": measurement.size,
        "flags": measurement.flags,
        "concentration": _text(measurement.glucose),
        "unit": "mg/dL",
        "glucose_mg_dl": _number(as_number(measurement.glucose)),
        "time_offset_min": measurement.time_offset_min,
        "status": measurement.status,
        "cal_temp": measurement.cal_temp,
        "warning": measurement.warning,
        "trend": _number_or_special(measurement.trend),
        "quality_pct": _number_or_special(measurement.quality),
        "crc": measurement.crc,
    }


def _record_access(payload: bytes) -> Said:
    value = record_access.decode(payload)
    return {
        "count": value.records,
        "response": value.response,
        # What the value is about: the op code that was answered or, in a request, its words.
        "request": value.request if value.request_text is None else value.request_text,
        "request_text": value.request_text,
    }


def _date_time(payload: bytes) -> Said:
    value = decode_date_time(payload)
    return {"datetime": _iso(value.local), "raw": value.parts}


def _sfloat(payload: bytes) -> Said:
    value = decode_sfloat(payload)
    special = isinstance(value, Special)
    return {"value": None if special else _text(value), "special": value if special else None}


def _iso(local: datetime | None) -> str | None:
    return None if local is None else local.isoformat()


def _text(value: Number | None) -> str | None:
    """Plain notation with the digits as sent, or the name of the special."""
    return format(value, "f") if isinstance(value, Decimal) else value


def _number(value: Decimal | None) -> int | float | None:
    """A JSON number, not rounded."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _number_or_special(value: Number | None) -> int | float | str | None:
    return value if isinstance(value, Special) else _number(value)


def _one_decimal(value: Decimal | None) -> str | None:
    """As a meter shows mmol/L."""
    return None if value is None else str(value.quantize(Decimal("0.1"), ROUND_HALF_UP))


DECODERS: dict[str, Callable[[bytes], Said]] = {
    "glucose-measurement": _glucose_measurement,
    "glucose-context": _glucose_context,
    "blood-pressure": _blood_pressure,
    "cuff-pressure": _cuff_pressure,
    "cgm-measurement": _cgm_measurement,
    "record-access": _record_access,
    "date-time": _date_time,
    "sfloat": _sfloat,
}


@click.command(epilog=f"KIND is one of {', '.join(DECODERS)}.")
@click.argument("kind", metavar="KIND", type=click.Choice(list(DECODERS)))
@click.argument("hexadecimal", metavar="HEX")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(kind: str, hexadecimal: str, as_json: bool) -> None:
    """Say what one GATT value of KIND means.

    HEX is the payload, for example 030600e407040d10260a000078b0f1. With "-" it is read from standard input,
    one a line, and answered with one JSON object a line.
    """
    if hexadecimal == "-":
        answer_each_line(lambda line: say(kind, line))
    elif as_json:
        _print_json_answer(kind, hexadecimal)
    else:
        _print_lines(say(kind, hexadecimal))


def say(kind: str, hexadecimal: str) -> Said:
    """What the payload says, ready for JSON; an absent field is None. Raises BadInput."""
    return DECODERS[kind](_octets(hexadecimal))


def _octets(hexadecimal: str) -> bytes:
    if not hexadecimal.strip():
        raise BadInput("no payload", where="HEX", advice="write its bytes as hexadecimal digits")
    try:
        return binascii.unhexlify(hexadecimal)
    except ValueError:
        raise BadInput(
            f"{hexadecimal!r} is not hexadecimal",
            where="HEX",
            advice="write two digits a byte, without spaces or 0x",
        ) from None


def _print_json_answer(kind: str, hexadecimal: str) -> None:
    try:
        print_json(say(kind, hexadecimal))
    except BadInput as bad:
        print_json({"error": str(bad)})
        raise click.exceptions.Exit(1) from None


def _print_lines(said: Said) -> None:
    for key, value in said.items():
        click.echo(f"{key}: {'-' if value is None else value}")
