"""The baseline of what stores readings: Python's own sqlite3, with our table and our durability, and nothing else."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from companion.readings.sql_rows import COLUMNS


def bare_table(path: Path, engine: Engine) -> sqlite3.Connection:
    """A database with the same, empty table."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536", "wal_autocheckpoint=16384"):
        connection.execute(f"PRAGMA {pragma}")
    with engine.begin() as ours:
        (sql,) = ours.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'reading'").one()
    connection.execute(sql)
    return connection


def upsert(connection: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
    """All rows in one transaction."""
    marks = ", ".join("?" * len(COLUMNS))
    statement = (
        f"INSERT INTO reading VALUES ({marks}) ON CONFLICT (patient, metric, taken_at_ms, device, sequence) "  # noqa: S608
        "DO UPDATE SET value = excluded.value"
    )
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(statement, rows)
    connection.execute("COMMIT")
