"""Payload to durable reading."""

import struct
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from companion.advice.grammar import registry
from companion.arrivals import Download
from companion.benches.bare_sqlite import bare_table, upsert
from companion.benches.engines import bench_engine
from companion.benches.figure import Figure, seconds, settle_memory
from companion.care.enrolling import add_person
from companion.care.people import Role
from companion.clock import to_ms
from companion.db import writing
from companion.devices.ingest import DeviceIdentity
from companion.devices.records.device_time import ClockReading
from companion.devices.records.payloads import RawPayload
from companion.flows import Stores, keep
from companion.migrations import upgrade
from companion.readings.sql_rows import COLUMNS
from companion.readings.sql_store import SqlReadingStore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BATCH = 500
BATCHES = 100
TURN = 10
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
DEVICE = DeviceIdentity("bench/meter/1", "meter", "Bench meter")


def measure(folder: Path) -> list[Figure]:
    """Raw glucose payloads in batches of 500, decoded, dated, with ledger and commit; against the same rows,
    ready, put into the same table by sqlite3's executemany, with the same durability and a commit a batch."""
    stores = _stores(folder / "ours.db")
    with writing(stores.engine) as session:
        patient_id = add_person(
            session, role=Role.PATIENT, name="Bench", birth_on=NOW.date().replace(year=1950), now=NOW
        ).id
    downloads = [_download(patient_id, number) for number in range(BATCHES)]
    bare = bare_table(folder / "bare.db", stores.engine)
    ours: list[float] = []
    baseline: list[float] = []
    settle_memory()
    # In turns: whatever else the machine does meets both. Some batches at a time, because work comes that way to
    # either: what the processor has at hand for the one it has not for the other.
    for first in range(0, BATCHES, TURN):
        numbers = range(first, first + TURN)
        ours += [seconds(partial(keep, stores, downloads[number], NOW)) for number in numbers]
        became = [_rows(stores, number) for number in numbers]
        baseline += [seconds(partial(upsert, bare, rows)) for rows in became]
    return [
        Figure(
            "glucose payload → durable reading, batches of 500",
            "readings",
            BATCH / median(ours),
            BATCH / median(baseline),
            "the same rows, ready, by a bare sqlite3 executemany upsert; same table, same durability",
            0.4,
        )
    ]


def _rows(stores: Stores, number: int) -> list[tuple[Any, ...]]:
    """What the batch of that number became, in the order of the table's key."""
    first = to_ms(FIRST + timedelta(minutes=30 * BATCH * number))
    with stores.engine.begin() as connection:
        found = connection.exec_driver_sql(
            f"SELECT {', '.join(COLUMNS)} FROM reading WHERE taken_at_ms >= ? AND taken_at_ms < ?",  # noqa: S608
            (first, first + 30 * 60_000 * BATCH),
        )
        return [tuple(row) for row in found]


def _stores(path: Path) -> Stores:
    engine = bench_engine(f"sqlite:///{path}")
    upgrade(engine)
    return Stores(engine, SqlReadingStore(engine), registry.load())


def _download(patient_id: int, number: int) -> Download:
    start = FIRST + timedelta(minutes=30 * BATCH * number)
    payloads = [
        RawPayload("2a18", _payload(start + timedelta(minutes=30 * record), number * BATCH + record), NOW)
        for record in range(BATCH)
    ]
    return Download(patient_id, DEVICE, payloads, ClockReading(NOW.replace(tzinfo=None), NOW))


def _payload(at: datetime, sequence: int) -> bytes:
    """One record as a meter sends it: 80 to 279 mg/dL in kg/L, capillary whole blood, finger."""
    when = struct.pack("<HBBBBB", at.year, at.month, at.day, at.hour, at.minute, at.second)
    return struct.pack("<BH", 0x02, sequence % 65536) + when + struct.pack("<HB", 0xB000 | (80 + sequence % 200), 0x11)
