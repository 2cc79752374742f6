"""The identity ledger: which instant a record was given when it was first seen.

A record's own identity (device, sequence, device time and raw bytes; or raw local time, value and occurrence)
fixes its instant for good. Reading a meter again with a corrected clock, or a file with another zone, changes
nothing, on any store.
"""

from collections.abc import Sequence
from itertools import repeat
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    Table,
    bindparam,
    select,
)

from companion.db import Base
from companion.many_rows import insert_ready_rows
from companion.readings.batch import Incoming, ReadingBatch
from companion.readings.identity import IDENTITY_BYTES

reading_identity = Table(
    "reading_identity",
    Base.metadata,
    # No foreign key: looking the person up again for every record costs as much as the row itself.
    Column("patient_id", Integer, primary_key=True, autoincrement=False),
    Column("identity", LargeBinary(IDENTITY_BYTES), primary_key=True),
    Column("taken_at_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


COLUMNS = [column.name for column in reading_identity.columns]


class Settled(NamedTuple):
    """The batch with every instant as it was fixed on first sight, and how many records were never seen."""

    readings: ReadingBatch
    unseen: int


def settle(connection: Connection, patient_id: int, incoming: Incoming) -> Settled:
    """Fixes the instants of records never seen, and gives known ones the instant they have."""
    if not incoming:
        return Settled(incoming.readings, 0)
    rows = sorted(zip(repeat(patient_id), incoming.identities, incoming.readings.taken_at_ms, strict=False))
    unseen = insert_ready_rows(connection, reading_identity.name, COLUMNS, rows)
    if unseen == len(incoming):
        return Settled(incoming.readings, unseen)
    fixed = _fixed_instants(connection, patient_id, incoming.identities)
    return Settled(incoming.readings.at([fixed[identity] for identity in incoming.identities]), unseen)


def count_known(connection: Connection, patient_id: int, identities: Sequence[bytes]) -> int:
    """How many of the records were seen before."""
    return len(_fixed_instants(connection, patient_id, identities))


def _fixed_instants(connection: Connection, patient_id: int, identities: Sequence[bytes]) -> dict[bytes, int]:
    table = reading_identity.c
    query = select(table.identity, table.taken_at_ms).where(
        table.patient_id == patient_id, table.identity.in_(bindparam("some", expanding=True))
    )
    found: dict[bytes, int] = {}
    for start in range(0, len(identities), 500):
        rows: Any = connection.execute(query, {"some": identities[start : start + 500]})
        found.update({bytes(identity): taken_at_ms for identity, taken_at_ms in rows})
    return found
