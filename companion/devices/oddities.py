"""What is odd about the records of a session, in sentences for the support person. Nothing is dropped for it."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from companion.devices import glucose_profile
from companion.devices.assigned_numbers import GLUCOSE_CONTEXT, GLUCOSE_MEASUREMENT
from companion.devices.glucose_profile import GlucoseMeasurement
from companion.devices.payloads import RawPayload
from companion.devices.wire import DecodeError

Record = TypeVar("Record")


def different_records(payloads: Iterable[RawPayload]) -> int:
    """How many glucose measurements there are, one that came twice counted once."""
    return len({payload.raw for payload in payloads if payload.characteristic == GLUCOSE_MEASUREMENT})


def oddities(payloads: Iterable[RawPayload]) -> list[str]:
    """Records that cannot be read, came twice, contradict each other, or lack their context."""
    told: list[str] = []
    payloads = list(payloads)
    records = list(_readable(payloads, GLUCOSE_MEASUREMENT, glucose_profile.decode, told))
    contexts = _readable(payloads, GLUCOSE_CONTEXT, glucose_profile.decode_context, told)
    came = {context.sequence for context in contexts}
    told += _repetitions(records)
    if missing := sorted({r.sequence for r in records if r.context_follows} - came):
        told.append(f"no context came for the records {', '.join(map(str, missing))}")
    return told


def _readable(
    payloads: list[RawPayload], characteristic: str, decode: Callable[[bytes], Record], told: list[str]
) -> Iterator[Record]:
    for payload in payloads:
        if payload.characteristic == characteristic:
            try:
                yield decode(payload.raw)
            except DecodeError as error:
                told.append(f"{error}: {payload.raw.hex()}")


def _repetitions(records: list[GlucoseMeasurement]) -> Iterator[str]:
    seen: dict[int, bytes] = {}
    repeated = 0
    for record in records:
        if record.sequence not in seen:
            seen[record.sequence] = record.raw
        elif seen[record.sequence] == record.raw:
            repeated += 1
        else:
            yield f"record {record.sequence} came twice with different contents"
    if repeated:
        yield f"{repeated} records came twice"
