"""What a sweep is measured against: a scheduler with one job a dose."""

import logging
import time
from datetime import datetime
from pathlib import Path

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

done: list[int] = []


def job(number: int) -> None:
    """What a dose does here: nothing but be counted."""
    done.append(number)


def run_jobs(path: Path, at: datetime, jobs: int) -> float:
    """Jobs a second, all due at once; adding them is not counted."""
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    scheduler = BackgroundScheduler(
        timezone="UTC",
        jobstores={"default": SQLAlchemyJobStore(url=f"sqlite:///{path}")},
        job_defaults={"misfire_grace_time": None},  # without it late jobs are silently dropped
    )
    scheduler.start(paused=True)
    for number in range(jobs):
        scheduler.add_job("companion.benches.scheduler_jobs:job", "date", run_date=at, args=(number,))
    done.clear()
    start = time.perf_counter()
    scheduler.resume()
    while len(done) < jobs:
        time.sleep(0.01)
    rate = jobs / (time.perf_counter() - start)
    scheduler.shutdown()
    return rate
