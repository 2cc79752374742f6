"""Sessions with devices, as the spool keeps them: each value as it arrives, and at the end the batches to send."""

import json
import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from companion.crash_points import Point, reached
from companion.devices.radio.selection import Mark
from companion.devices.radio.session import Identity
from companion.devices.records.device_time import ClockReading
from companion.devices.records.payloads import RawPayload
from companion.hub import paired
from companion.hub.moment import Moment
from companion.hub.parts import parts_of
from companion.hub.spool import Spool, as_instant, as_text, writing


class OpenSession(NamedTuple):
    """A session that goes on, or in which the hub died."""

    id: int
    address: str
    payloads: list[RawPayload]


@dataclass(frozen=True)
class Ended:
    """What a session came to. `device` is what the service is told of it; `mark` None: the next one reads all."""

    device: dict[str, Any]
    identity: Identity
    clock: ClockReading | None
    payloads: Sequence[RawPayload]
    is_complete: bool
    mark: Mark | None = None


def begin(spool: Spool, address: str, start: Moment) -> int:
    """A new session; gives its number."""
    added = spool.execute(
        "INSERT INTO session (address, wall, uptime, boot) VALUES (?, ?, ?, ?)",
        (address, as_text(start.wall), start.uptime, start.boot),
    )
    assert added.lastrowid is not None
    return added.lastrowid


def keep(spool: Spool, session_id: int, payload: RawPayload) -> None:
    """On disk when this returns; only then the device's transfer goes on."""
    reached(Point.HUB_BEFORE_KEEP)
    _add_payload(spool, session_id, None, payload)
    reached(Point.HUB_AFTER_KEEP)


def end(spool: Spool, session_id: int, ended: Ended) -> None:
    """Its payloads wait in batches, and the next download goes on behind the mark: all of it, or nothing."""
    reached(Point.HUB_BEFORE_SESSION_END)
    with writing(spool):
        spool.execute(
            "UPDATE session SET is_open = 0, is_complete = ?, device = ?, clock = ? WHERE id = ?",
            (ended.is_complete, json.dumps(ended.device), _clock_text(ended.clock), session_id),
        )
        spool.execute("DELETE FROM payload WHERE session_id = ?", (session_id,))
        _add_batches(spool, session_id, parts_of(ended.payloads))
        address, at = spool.execute("SELECT address, wall FROM session WHERE id = ?", (session_id,)).fetchone()
        paired.note_read(spool, address, ended.identity, ended.mark, at)
    reached(Point.HUB_AFTER_SESSION_END)


def drop(spool: Spool, session_id: int) -> None:
    """Nothing came of it."""
    with writing(spool):
        spool.execute("DELETE FROM payload WHERE session_id = ?", (session_id,))
        spool.execute("DELETE FROM session WHERE id = ?", (session_id,))


def open_sessions(spool: Spool) -> list[OpenSession]:
    rows = spool.execute("SELECT id, address FROM session WHERE is_open ORDER BY id").fetchall()
    return [OpenSession(row["id"], row["address"], payloads_of(spool, "session_id", row["id"])) for row in rows]


def payloads_of(spool: Spool, column: str, value: object) -> list[RawPayload]:
    """In the order in which they came. `column` is session_id or batch_key."""
    query = f"SELECT characteristic, raw, received_at FROM payload WHERE {column} = ? ORDER BY id"  # noqa: S608
    return [RawPayload(kind, raw, as_instant(at)) for kind, raw, at in spool.execute(query, (value,))]


def moment_of(row: sqlite3.Row) -> Moment:
    """The first moment of the session in that row."""
    return Moment(as_instant(row["wall"]), row["uptime"], row["boot"])


def clock_of(row: sqlite3.Row) -> ClockReading | None:
    """What the device's clock showed in the session of that row."""
    return ClockReading(*map(datetime.fromisoformat, json.loads(row["clock"]))) if row["clock"] else None


def _clock_text(clock: ClockReading | None) -> str | None:
    return json.dumps([clock.device_time.isoformat(), as_text(clock.read_at)]) if clock else None


def _add_batches(spool: Spool, session_id: int, parts: list[list[RawPayload]]) -> None:
    for number, part in enumerate(parts, start=1):
        key = str(uuid.uuid4())
        spool.execute(
            "INSERT INTO batch (key, session_id, is_last) VALUES (?, ?, ?)", (key, session_id, number == len(parts))
        )
        for payload in part:
            _add_payload(spool, session_id, key, payload)


def _add_payload(spool: Spool, session_id: int, key: str | None, payload: RawPayload) -> None:
    spool.execute(
        "INSERT INTO payload (session_id, batch_key, characteristic, raw, received_at) VALUES (?, ?, ?, ?, ?)",
        (session_id, key, payload.characteristic, payload.raw, as_text(payload.received_at)),
    )
