"""A sweep of a million doses that are due at once."""

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import click
from sqlalchemy import make_url

from companion.benches import bare_sweep
from companion.benches.due_doses import due_at_once
from companion.benches.engines import bench_engine
from companion.benches.figure import Figure, seconds
from companion.benches.postgresql import servers_url
from companion.db import make_engine
from companion.reminders.telling.sweep import sweep

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
DOSES = 1_000_000
MEDICINES = 4
"""A person's medicines of one time of day: as many doses, and one reminder."""
MEMORY_MB = 300


def measure(folder: Path) -> list[Figure]:
    """Each dose becomes due, with its event, its reminder in the outbox and its next check; against loops that only
    claim and mark, with the same durability."""
    return [*_on_sqlite(folder, DOSES), *_on_postgresql(DOSES), *_spike(folder, DOSES)]


def _on_sqlite(folder: Path, doses: int) -> list[Figure]:
    bare = prepared(f"sqlite:///{folder / 'bare.db'}", doses, MEDICINES)
    ours = prepared(f"sqlite:///{folder / 'ours.db'}", doses, MEDICINES)
    baseline = doses / seconds(partial(bare_sweep.on_sqlite, Path(make_url(bare).database or ""), NOW))
    rate = doses / _sweep_all(ours, doses)
    loop = "claim UPDATE and done UPDATE, bare sqlite3, batches of 500, equal table, same durability"
    return [Figure(f"{doses:,} due doses swept, SQLite", "doses", rate, baseline, loop, 0.5)]


def _on_postgresql(doses: int) -> list[Figure]:
    with servers_url() as server:
        if server is None:
            return []
        bare, ours = (prepared(_new_database(server, name), doses, MEDICINES) for name in ("bare", "ours"))
        plain = make_url(bare).set(drivername="postgresql").render_as_string(hide_password=False)
        baseline = doses / seconds(partial(bare_sweep.on_postgresql, plain, NOW))
        rate = doses / _sweep_all(ours, doses)
    loop = "claim UPDATE (SKIP LOCKED) and done UPDATE, bare psycopg, batches of 500, equal table"
    return [Figure(f"{doses:,} due doses swept, PostgreSQL", "doses", rate, baseline, loop, 0.5)]


def _spike(folder: Path, doses: int) -> list[Figure]:
    """Eight in the morning, one medicine each: as many messages as doses. In a process of its own: its memory."""
    bare = prepared(f"sqlite:///{folder / 'bare-spike.db'}", doses, 1)
    ours = prepared(f"sqlite:///{folder / 'spike.db'}", doses, 1)
    baseline = seconds(partial(bare_sweep.on_sqlite, Path(make_url(bare).database or ""), NOW, with_messages=True))
    with get_context("spawn").Pool(1) as process:
        late, megabytes = process.apply(_sweep_and_weigh, (ours, doses))
    loop = "claim UPDATE, INSERT of a message, done UPDATE, bare sqlite3, batches of 500"
    name = f"{doses:,} doses from due to outbox, SQLite"
    return [
        Figure(name, "doses", doses / late, doses / baseline, loop, 0.3),
        Figure("  the last message's lateness", "seconds", late, baseline, loop, 0, " s"),
        Figure("  memory of the process", "MB", megabytes, MEMORY_MB, "what is allowed", 0, " MB", MEMORY_MB),
    ]


def prepared(url: str, doses: int, medicines: int) -> str:
    """A database on which nobody has worked yet."""
    click.echo(f"  (preparing {doses:,} doses on {make_url(url).get_backend_name()})", err=True)
    engine = bench_engine(url)
    due_at_once(engine, NOW, doses, medicines)
    engine.dispose()
    return url


def _new_database(server: str, name: str) -> str:
    engine = make_engine(server).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _sweep_all(url: str, doses: int) -> float:
    """How many seconds it takes; no dose may be left."""
    engine = bench_engine(url)
    start = time.perf_counter()
    swept = sweep(engine, NOW, timedelta(hours=24))
    took = time.perf_counter() - start
    engine.dispose()
    assert swept.reminded == doses, "the sweep left doses"
    return took


def _sweep_and_weigh(url: str, doses: int) -> tuple[float, float]:
    """Seconds, and the most memory that the process ever had in MB."""
    return _sweep_all(url, doses), getrusage(RUSAGE_SELF).ru_maxrss / 1024
