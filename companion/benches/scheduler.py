"""A sweep of doses that are due at once, beside a scheduler with a job for each."""

from datetime import timedelta
from pathlib import Path

import click
from sqlalchemy import update

from companion.benches.engines import bench_engine
from companion.benches.figure import ROUNDS, Figure, seconds
from companion.benches.scheduler_jobs import run_jobs
from companion.benches.sweep import MEDICINES, NOW, prepared
from companion.care.due_work import DueWork
from companion.reminders.telling.sweep import BATCH, sweep

DOSES = 20_000
"""The scheduler needs a minute to take on as many."""


def measure(folder: Path) -> list[Figure]:
    """Each dose becomes due, with its event, its reminder in the outbox and its next check; against a scheduler's job a
    dose, which does nothing. Both have beaten before, as a process that runs all day has: the scheduler by adding,
    ours by an earlier sweep. The best of three rounds, in turns."""
    return [beside_a_scheduler(folder, DOSES)]


def beside_a_scheduler(folder: Path, doses: int) -> Figure:
    rates, baselines = [], []
    for number in range(ROUNDS):
        ours = prepared(f"sqlite:///{folder / f'few{number}.db'}", doses, MEDICINES)
        click.echo(f"  (adding {doses:,} jobs for the baseline)", err=True)
        baselines.append(run_jobs(folder / f"scheduler{number}.db", NOW, doses))
        rates.append((doses - BATCH) / _sweep_rest(ours, BATCH))
    name = "one APScheduler job a dose, SQLAlchemy job store, defaults, doing nothing"
    return Figure(f"sweep of {doses:,} due doses", "doses", max(rates), max(baselines), name, 100)


def _sweep_rest(url: str, early: int) -> float:
    """How many seconds the doses take that are due an hour after the first `early` of them."""
    engine = bench_engine(url)
    with engine.begin() as connection:
        hour_ago = NOW - timedelta(hours=1)
        connection.execute(update(DueWork).where(DueWork.subject_id <= early).values(next_check_at=hour_ago))
    assert sweep(engine, hour_ago, timedelta(hours=24)).reminded == early
    took = seconds(lambda: sweep(engine, NOW, timedelta(hours=24)))
    engine.dispose()
    return took
