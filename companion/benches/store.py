"""Readings into the store, and a patient's ninety days out of it again."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

from sqlalchemy import Engine

from companion.benches.bare_sqlite import bare_table, upsert
from companion.benches.figure import Figure, seconds, settle_memory
from companion.clock import to_ms
from companion.db import make_engine
from companion.migrations import upgrade
from companion.readings.reading import Kind, Metric, Reading
from companion.readings.sql_rows import COLUMNS, METRIC_NUMBER
from companion.readings.sql_store import SqlReadingStore

PATIENTS, A_DAY, DAYS = 1000, 5, 90
A_BATCH = 20
"""Patients whose ninety days come together: 9,000 readings."""
ASKED = 600
"""How often somebody's ninety days are fetched, by either side; ten times each before it is the other's turn."""
START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=DAYS)

Row = tuple[Any, ...]


def measure(folder: Path) -> list[Figure]:
    """Ready readings appended in sorted batches, against the same rows in the same table by a bare executemany; then
    one patient's ninety days of a meter (450 readings) fetched from among a thousand patients', against a bare SELECT
    of the same rows."""
    engine = make_engine(f"sqlite:///{folder / 'ours.db'}")
    upgrade(engine)
    store, bare = SqlReadingStore(engine), bare_table(folder / "bare.db", engine)
    return [_appended(store, bare, engine), *_fetched(store, bare)]


def _appended(store: SqlReadingStore, bare: sqlite3.Connection, engine: Engine) -> Figure:
    ours, baseline = [], []
    for first in range(0, PATIENTS, A_BATCH):
        batch = [reading for patient in range(first, first + A_BATCH) for reading in _ninety_days(patient)]
        settle_memory()
        ours.append(seconds(partial(store.append, batch)))
        rows = _rows(engine, first)
        baseline.append(seconds(partial(upsert, bare, rows)))
    return Figure(
        f"ready readings appended, sorted batches of {len(batch):,}",
        "readings",
        len(batch) / median(ours),
        len(batch) / median(baseline),
        "the same rows by a bare sqlite3 executemany upsert; same table, same durability",
        0.5,
    )


def _ninety_days(patient: int) -> list[Reading]:
    """Five values a day between 60 and 259 mg/dL."""
    return [
        Reading(
            f"p{patient:04}",
            Metric.GLUCOSE,
            START + timedelta(days=number / A_DAY),
            "meter",
            number,
            Decimal(60 + (37 * patient + 61 * number) % 200),
            "mg/dL",
            Kind.METER,
            "download",
        )
        for number in range(A_DAY * DAYS)
    ]


def _rows(engine: Engine, first: int) -> list[Row]:
    """What a batch became, in the order of the table's key. Patients are numbered as they come, each with a device."""
    with engine.begin() as connection:
        found = connection.exec_driver_sql(
            f"SELECT {', '.join(COLUMNS)} FROM reading WHERE patient IN "  # noqa: S608
            "(SELECT id FROM reading_name WHERE name >= ? AND name < ?)",
            (f"p{first:04}", f"p{first + A_BATCH:04}" if first + A_BATCH < PATIENTS else "q"),
        )
        return [tuple(row) for row in found]


def _fetched(store: SqlReadingStore, bare: sqlite3.Connection) -> list[Figure]:
    numbers = [number for (number,) in bare.execute("SELECT DISTINCT patient FROM reading ORDER BY patient")]
    dice = Random(90)  # noqa: S311 (no secret)
    asked = [dice.randrange(PATIENTS) for _ in range(ASKED)]
    ours: list[float] = []
    baseline: list[float] = []
    settle_memory()
    for first in range(0, ASKED, 10):
        some = asked[first : first + 10]
        ours += [_milliseconds(partial(store.between, f"p{each:04}", Metric.GLUCOSE, START, END)) for each in some]
        baseline += [_milliseconds(partial(_select, bare, numbers[each])) for each in some]
    name = "a bare sqlite3 SELECT of the same rows, as tuples"
    return [
        Figure(f"90 days of a meter fetched, {said}", "ms", mine, theirs, name, 0, per="ms")
        for said, mine, theirs in (
            ("p50", median(ours), median(baseline)),
            ("p95", quantiles(ours, n=20)[-1], quantiles(baseline, n=20)[-1]),
        )
    ]


def _select(bare: sqlite3.Connection, patient: int) -> list[Row]:
    span = patient, METRIC_NUMBER[Metric.GLUCOSE], to_ms(START), to_ms(END)
    return bare.execute(
        "SELECT * FROM reading WHERE patient = ? AND metric = ? AND taken_at_ms >= ? AND taken_at_ms < ?", span
    ).fetchall()


def _milliseconds(run: Callable[[], object]) -> float:
    return 1000 * seconds(run)
