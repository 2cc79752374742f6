"""What is odd about the glucose records of a session. Nothing is dropped for it."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from companion.devices.profiles import glucose_profile
from companion.devices.profiles.assigned_numbers import GLUCOSE_CONTEXT, GLUCOSE_MEASUREMENT
from companion.devices.profiles.glucose_profile import GlucoseContext, GlucoseMeasurement
from companion.devices.profiles.wire import DecodeError
from companion.devices.radio.troubles import Anomaly, Trouble
from companion.devices.records.payloads import RawPayload

Record = TypeVar("Record")


def oddities(payloads: Iterable[RawPayload]) -> list[Anomaly]:
    """Records that cannot be read, came twice, contradict each other, or lack their context."""
    told: list[Anomaly] = []
    payloads = list(payloads)
    records = list(_readable(payloads, GLUCOSE_MEASUREMENT, glucose_profile.decode, told))
    contexts = list(_readable(payloads, GLUCOSE_CONTEXT, glucose_profile.decode_context, told))
    told += _repetitions(records)
    if missing := _without_context(records, contexts):
        told.append(Anomaly(Trouble.CONTEXT_MISSING, f"no context came for the records {', '.join(map(str, missing))}"))
    return told


def lacks_context(payloads: Iterable[RawPayload]) -> bool:
    """Whether a context that was announced has not come (yet)."""
    ignored: list[Anomaly] = []
    payloads = list(payloads)
    records = list(_readable(payloads, GLUCOSE_MEASUREMENT, glucose_profile.decode, ignored))
    contexts = list(_readable(payloads, GLUCOSE_CONTEXT, glucose_profile.decode_context, ignored))
    return bool(_without_context(records, contexts))


def _without_context(records: list[GlucoseMeasurement], contexts: list[GlucoseContext]) -> list[int]:
    came = {context.sequence for context in contexts}
    return sorted({record.sequence for record in records if record.context_follows} - came)


def _readable(
    payloads: list[RawPayload], characteristic: str, decode: Callable[[bytes], Record], told: list[Anomaly]
) -> Iterator[Record]:
    for payload in payloads:
        if payload.characteristic == characteristic:
            try:
                yield decode(payload.raw)
            except DecodeError as error:
                told.append(Anomaly(Trouble.UNREADABLE, f"{error}: {payload.raw.hex()}"))


def _repetitions(records: list[GlucoseMeasurement]) -> Iterator[Anomaly]:
    seen: dict[int, bytes] = {}
    repeated = 0
    for record in records:
        if record.sequence not in seen:
            seen[record.sequence] = record.raw
        elif seen[record.sequence] == record.raw:
            repeated += 1
        else:
            detail = f"record {record.sequence} came twice with different contents"
            yield Anomaly(Trouble.CONFLICTING, detail)
    if repeated:
        yield Anomaly(Trouble.REPEATED, f"{repeated} records came twice")
