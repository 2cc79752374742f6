"""Planning medicines for three days."""

import sqlite3
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import click

from companion.benches.due_doses import to_be_planned
from companion.benches.engines import bench_engine
from companion.benches.figure import Figure, seconds, settle_memory
from companion.reminders.telling.sweep import sweep

NOW = datetime(2026, 3, 1, 6, tzinfo=UTC)
MEDICINES = 100_000
AHEAD = timedelta(hours=72)
BATCH = 500
TABLES = ("dose", "due_work")


def measure(folder: Path) -> list[Figure]:
    """Every medicine's rule read, its times worked out in its patient's zone, doses and their first looks written;
    against the same rows, ready, put into equal tables by a bare executemany with a commit every 500,
    the middle one of three runs."""
    path = folder / "planned.db"
    click.echo(f"  (preparing {MEDICINES:,} medicines)", err=True)
    engine = bench_engine(f"sqlite:///{path}")
    to_be_planned(engine, NOW, MEDICINES)
    settle_memory()
    ours = seconds(partial(sweep, engine, NOW, AHEAD))
    engine.dispose()
    bare = [_bare(folder / f"bare{turn}.db", path) for turn in range(3)]
    baseline = median(seconds(partial(_insert, *each)) for each in bare)
    doses = len(bare[0][1]["dose"])
    name = f"{MEDICINES:,} medicines planned for three days"
    loop = "the same rows, ready, by a bare sqlite3 executemany; equal tables, same durability"
    return [Figure(name, "doses", doses / ours, doses / baseline, loop, 0.3)]


def _bare(path: Path, planned: Path) -> tuple[sqlite3.Connection, dict[str, list[Any]]]:
    """Empty tables like those that were filled, and the rows that are in them."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536", "wal_autocheckpoint=16384"):
        connection.execute(f"PRAGMA {pragma}")
    source = sqlite3.connect(planned)
    for (sql,) in source.execute("SELECT sql FROM sqlite_master WHERE tbl_name IN (?, ?) AND sql NOT NULL", TABLES):
        connection.execute(sql)
    return connection, {table: source.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}  # noqa: S608


def _insert(connection: sqlite3.Connection, rows: dict[str, list[Any]]) -> None:
    marks = {table: ", ".join("?" * len(rows[table][0])) for table in TABLES}
    for start in range(0, max(map(len, rows.values())), BATCH):
        connection.execute("BEGIN IMMEDIATE")
        for table in TABLES:
            some = rows[table][start : start + BATCH]
            connection.executemany(f"INSERT INTO {table} VALUES ({marks[table]})", some)  # noqa: S608
        connection.execute("COMMIT")
