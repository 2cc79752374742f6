"""The devices of this household, as the spool keeps them."""

import sqlite3
from datetime import datetime
from typing import NamedTuple

from companion.devices.radio.selection import Mark
from companion.devices.radio.session import Identity
from companion.hub.spool import Spool, as_instant, writing


class PairedDevice(NamedTuple):
    """A device of the household; read when it wakes, once `is_paired`.

    `is_known`: the service was told of it. `last_said`: the sentence about the last download, "" for nothing to say.
    """

    address: str
    kind: str
    name: str
    identity: Identity
    may_empty: bool
    is_paired: bool
    is_known: bool
    mark: Mark | None
    last_read_at: datetime | None
    last_said: str


def add(spool: Spool, address: str, kind: str, name: str, *, may_empty: bool) -> None:
    """Somebody is about to pair it: who pairs reads it first, and the running hub leaves it alone until then. Added
    again, all of its memory is read, and the service is told again."""
    with writing(spool):
        spool.execute("DELETE FROM device WHERE address = ?", (address,))
        spool.execute(
            "INSERT INTO device (address, kind, name, may_empty) VALUES (?, ?, ?, ?)", (address, kind, name, may_empty)
        )


def remove(spool: Spool, address: str) -> bool:
    """It is not read any more; what it sent is still brought to the service. False when it was not there."""
    return spool.execute("DELETE FROM device WHERE address = ?", (address,)).rowcount > 0


def devices(spool: Spool) -> list[PairedDevice]:
    return [_device(row) for row in spool.execute("SELECT * FROM device ORDER BY address")]


def find(spool: Spool, address: str) -> PairedDevice | None:
    row = spool.execute("SELECT * FROM device WHERE address = ?", (address,)).fetchone()
    return _device(row) if row else None


def unknown_to_service(spool: Spool) -> list[PairedDevice]:
    """Those the service has yet to be told of: they were read, and said who they are."""
    query = "SELECT * FROM device WHERE last_read_at IS NOT NULL AND NOT is_known ORDER BY address"
    return [_device(row) for row in spool.execute(query)]


def note_known(spool: Spool, address: str) -> None:
    """The service was told. What it refused because it did not know the device is sent again."""
    with writing(spool):
        spool.execute("UPDATE device SET is_known = 1 WHERE address = ?", (address,))
        spool.execute(
            "UPDATE batch SET code = NULL WHERE code = 'unknown_device' "
            "AND session_id IN (SELECT id FROM session WHERE address = ?)",
            (address,),
        )


def note_said(spool: Spool, address: str, said: str) -> None:
    spool.execute("UPDATE device SET last_said = ? WHERE address = ?", (said, address))


def note_read(spool: Spool, address: str, identity: Identity, mark: Mark | None, at: str) -> None:
    """What it says of itself, and where the next download goes on; None leaves that where it was."""
    spool.execute(
        "UPDATE device SET is_paired = 1, manufacturer = ?, model = ?, serial = ?, firmware = ?, last_read_at = ? "
        "WHERE address = ?",
        (*identity, at, address),
    )
    if mark is not None:
        time = mark.time.isoformat() if mark.time else None
        spool.execute(
            "UPDATE device SET mark_number = ?, mark_time = ? WHERE address = ?", (mark.number, time, address)
        )


def _device(row: sqlite3.Row) -> PairedDevice:
    mark_time = datetime.fromisoformat(row["mark_time"]) if row["mark_time"] else None
    return PairedDevice(
        row["address"],
        row["kind"],
        row["name"],
        Identity(row["manufacturer"], row["model"], row["serial"], row["firmware"]),
        bool(row["may_empty"]),
        bool(row["is_paired"]),
        bool(row["is_known"]),
        None if row["mark_number"] is None else Mark(row["mark_number"], mark_time),
        as_instant(row["last_read_at"]) if row["last_read_at"] else None,
        row["last_said"],
    )
