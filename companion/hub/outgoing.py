"""Batches on their way to the service, as the spool keeps them."""

import json
from typing import Any, NamedTuple

from companion.devices.records.device_time import ClockReading
from companion.devices.records.payloads import RawPayload
from companion.hub.moment import Moment
from companion.hub.sessions import clock_of, moment_of, payloads_of
from companion.hub.spool import Spool, writing


class Batch(NamedTuple):
    """What is sent at once. The instants of clock and payloads are in the frame of `start`."""

    key: str
    start: Moment
    device: dict[str, Any]
    clock: ClockReading | None
    payloads: list[RawPayload]
    is_complete: bool


class Refusal(NamedTuple):
    """A batch that the service refused: `payloads` is how many values it holds."""

    key: str
    address: str
    payloads: int
    code: str
    reason: str


def next_batch(spool: Spool) -> Batch | None:
    """The oldest that waits."""
    row = spool.execute(
        "SELECT * FROM batch JOIN session ON session.id = session_id WHERE code IS NULL ORDER BY batch.rowid LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    payloads = payloads_of(spool, "batch_key", row["key"])
    is_complete = bool(row["is_last"] and row["is_complete"])
    return Batch(row["key"], moment_of(row), json.loads(row["device"]), clock_of(row), payloads, is_complete)


def forget(spool: Spool, key: str) -> None:
    """The service has it."""
    with writing(spool):
        spool.execute("DELETE FROM payload WHERE batch_key = ?", (key,))
        spool.execute("DELETE FROM batch WHERE key = ?", (key,))
        spool.execute("DELETE FROM session WHERE NOT is_open AND id NOT IN (SELECT session_id FROM batch)")


def set_aside(spool: Spool, key: str, code: str, reason: str) -> None:
    """The service refused it: kept and shown, but not sent again by itself."""
    spool.execute("UPDATE batch SET code = ?, reason = ? WHERE key = ?", (code, reason, key))


def put_back(spool: Spool) -> int:
    """Everything that was set aside is sent again; tells how many batches that are."""
    return spool.execute("UPDATE batch SET code = NULL WHERE code IS NOT NULL").rowcount


def waiting(spool: Spool) -> int:
    """How many values wait to be sent, those of a session that goes on included."""
    query = "SELECT count(*) FROM payload LEFT JOIN batch ON batch.key = batch_key WHERE code IS NULL"
    (count,) = spool.execute(query).fetchone()
    return int(count)


def refusals(spool: Spool) -> list[Refusal]:
    query = (
        "SELECT batch.key, address, count(payload.id), code, reason FROM batch "
        "JOIN session ON session.id = batch.session_id LEFT JOIN payload ON batch_key = batch.key "
        "WHERE code IS NOT NULL GROUP BY batch.key ORDER BY batch.rowid"
    )
    return [Refusal(*row) for row in spool.execute(query)]
