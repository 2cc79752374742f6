"""What a sweep is measured against: bare loops that claim 500 rows, and mark them done, and do nothing else."""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from companion.clock import to_ms

BATCH = 500
LEASE, WINDOW = timedelta(seconds=60), timedelta(hours=1)

CLAIM = """
    WITH chosen AS (
        SELECT subject_id FROM due_work
        WHERE kind = 'dose' AND next_check_at <= {mark} AND lease_until IS NULL
        ORDER BY next_check_at, subject_id LIMIT 500 {lock}
    )
    UPDATE due_work SET lease_until = {mark} WHERE kind = 'dose' AND subject_id IN (SELECT subject_id FROM chosen)
    RETURNING subject_id, due_on
"""
MESSAGE = (
    "INSERT INTO message (unique_key, purpose, recipient_id, patient_id, params, state, created_at, next_try_at, "
    "expires_at) VALUES (?, 'reminder', 2, 2, '{}', 'open', ?, ?, ?)"
)


def on_sqlite(path: Path, now: datetime, *, with_messages: bool = False) -> int:
    """Gives how many rows it did. `with_messages`: one INSERT into the outbox for each row, too."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536", "wal_autocheckpoint=16384"):
        connection.execute(f"PRAGMA {pragma}")
    ms, lease, later = to_ms(now), to_ms(now + LEASE), to_ms(now + WINDOW)
    claim, done = CLAIM.format(mark="?", lock=""), 0
    while True:
        connection.execute("BEGIN IMMEDIATE")
        rows = connection.execute(claim, (ms, lease)).fetchall()
        connection.execute("COMMIT")
        if not rows:
            return done
        connection.execute("BEGIN IMMEDIATE")
        if with_messages:
            connection.executemany(MESSAGE, [(f"due:{subject}:{ms}:1", ms, ms, later) for subject, _ in rows])
        connection.executemany(
            "UPDATE due_work SET next_check_at = ?, lease_until = NULL "
            "WHERE kind = 'dose' AND subject_id = ? AND due_on = ?",
            [(later, *row) for row in rows],
        )
        connection.execute("COMMIT")
        done += len(rows)


def on_postgresql(url: str, now: datetime) -> int:
    """Gives how many rows it did."""
    claim, done = CLAIM.format(mark="%s", lock="FOR UPDATE SKIP LOCKED"), 0
    with psycopg.connect(url, autocommit=True) as connection:
        while rows := _run(connection, claim, (now, now + LEASE)):
            _run(
                connection,
                "UPDATE due_work SET next_check_at = %s, lease_until = NULL "
                "WHERE kind = 'dose' AND subject_id = ANY (%s) RETURNING subject_id",
                (now + WINDOW, [subject for subject, _ in rows]),
            )
            done += len(rows)
    return done


def _run(connection: psycopg.Connection[Any], sql: str, values: tuple[Any, ...]) -> list[Any]:
    return connection.execute(sql.encode(), values).fetchall()
