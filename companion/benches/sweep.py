"""A sweep of due doses."""

import logging
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine, insert

from companion.benches.figure import ROUNDS, Figure, best_rate
from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person, Role, add_person
from companion.care.regimens import add_regimen, revise
from companion.db import make_engine, writing
from companion.migrations import upgrade
from companion.reminders.models import Dose
from companion.reminders.sweep import sweep

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DOSES = 10_000


def measure(folder: Path) -> list[Figure]:
    """10,000 doses due at once: each becomes due, with its event, its reminder in the outbox and its next check;
    against one APScheduler job a dose, which does nothing, in a SQLAlchemy job store with its defaults."""
    engines = [_due_doses(folder / f"sweep{number}.db") for number in range(ROUNDS)]

    def ours(number: int) -> int:
        return sweep(engines[number], NOW, timedelta(hours=24)).reminded

    return [
        Figure(
            "sweep of 10,000 due doses",
            "doses",
            best_rate(ours),
            _scheduler_jobs(folder / "scheduler.db"),
            "one APScheduler job a dose, SQLAlchemy job store, defaults, doing nothing; run once",
            50,
        )
    ]


def _due_doses(path: Path) -> Engine:
    """1,000 patients with 10 medicines each, all due now."""
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    with writing(engine) as session:
        doctor = add_person(session, role=Role.CLINICIAN, name="Bench doctor", now=NOW)
        patients = [
            add_person(session, role=Role.PATIENT, name=f"Patient {n}", birth_on=NOW.date().replace(year=1950), now=NOW)
            for n in range(DOSES // 10)
        ]
        regimen, revision = _regimen(session, patients[0], doctor)
        session.execute(insert(Dose), [_dose(n, patients[n % len(patients)], regimen, revision) for n in range(DOSES)])
        due_work.add_many(session, WorkKind.DOSE, [(n + 1, NOW.date(), NOW) for n in range(DOSES)])
    return engine


def _regimen(session: Any, patient: Person, doctor: Person) -> tuple[int, int]:
    regimen = add_regimen(session, patient=patient, drug="Bench", drug_class="other", unit="mg", now=NOW)
    revision = revise(
        session,
        regimen,
        by=doctor,
        amount=Decimal(1),
        rule={"kind": "daily", "times": ["12:00"]},
        start_on=NOW.date(),
        end_on=None,
        reason="bench",
        now=NOW,
        effective_at=NOW,
    )
    return regimen.id, revision.id


def _dose(number: int, patient: Person, regimen_id: int, revision_id: int) -> dict[str, Any]:
    return {
        "id": number + 1,
        "patient_id": patient.id,
        "regimen_id": regimen_id,
        "revision_id": revision_id,
        "local_on": NOW.date(),
        "local_time": "12:00",
        "slot": number,
        "due_at": NOW - timedelta(milliseconds=number % 10),
        "window_ends_at": NOW + timedelta(hours=1),
        "amount": Decimal(1),
        "state": "planned",
        "reminders": 0,
        "tzdata": "bench",
    }


done: list[int] = []


def job(number: int) -> None:
    """What a scheduled dose does in the baseline: nothing but be counted."""
    done.append(number)


def _scheduler_jobs(path: Path) -> float:
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    scheduler = BackgroundScheduler(
        timezone="UTC",
        jobstores={"default": SQLAlchemyJobStore(url=f"sqlite:///{path}")},
        job_defaults={"misfire_grace_time": None},  # without it late jobs are silently dropped
    )
    scheduler.start(paused=True)
    click.echo("  (adding 10,000 jobs for the baseline)", err=True)
    for number in range(DOSES):
        scheduler.add_job("companion.benches.sweep:job", "date", run_date=NOW, args=(number,))
    done.clear()
    start = time.perf_counter()
    scheduler.resume()
    while len(done) < DOSES:
        time.sleep(0.01)
    rate = DOSES / (time.perf_counter() - start)
    scheduler.shutdown()
    return rate
