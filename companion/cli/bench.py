"""`companion bench`: our speed, each figure beside its baseline in the same run. Trust the ratio, not the figure."""

import gc
import logging
import sqlite3
import struct
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import click
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine, insert

from companion.advice import registry
from companion.arrivals import Download
from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person, Role, add_person
from companion.care.regimens import add_regimen, revise
from companion.cli.common import print_json
from companion.db import make_engine, to_ms, writing
from companion.devices.ingest import DeviceIdentity
from companion.devices.payloads import ClockReading, RawPayload
from companion.flows import Stores, keep
from companion.migrations import upgrade
from companion.readings.sql_store import COLUMNS, SqlReadingStore
from companion.reminders.models import Dose
from companion.reminders.sweep import sweep

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BATCH = 500
BATCHES = 100
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
DEVICE = DeviceIdentity("bench/meter/1", "meter", "Bench meter")
ROUNDS = 3
"""Each side runs so often, in turns, and its best time counts: what else the machine does spares neither."""


@dataclass(frozen=True)
class Figure:
    """Ours beside a baseline, in the same unit a second. `target` is the least ratio that is asked for."""

    name: str
    unit: str
    ours: float
    baseline: float
    baseline_name: str
    target: float

    @property
    def ratio(self) -> float:
        return self.ours / self.baseline


@click.command()
@click.argument("name", type=click.Choice(["intake", "sweep", "all"]), default="all")
@click.option("--json", "wants_json", is_flag=True, help="One JSON object a figure.")
def command(name: str, wants_json: bool) -> None:
    """Measure NAME. Nothing is promised of the figures themselves: machines differ."""
    chosen = BENCHES if name == "all" else {name: BENCHES[name]}
    if not wants_json:
        click.echo(f"{'what':46} {'ours':>14} {'baseline':>14} {'ratio':>8} {'target':>9}")
    for bench in chosen.values():
        with tempfile.TemporaryDirectory() as folder:
            _say(bench(Path(folder)), wants_json)


def _say(figure: Figure, wants_json: bool) -> None:
    if wants_json:
        print_json({**vars(figure), "ratio": figure.ratio})
        return
    click.echo(
        f"{figure.name:46} {figure.ours:>12,.0f}/s {figure.baseline:>12,.0f}/s "
        f"{figure.ratio:>8.2f} {'≥ ' + format(figure.target, 'g'):>9}"
    )
    click.echo(f"  {figure.unit}; baseline: {figure.baseline_name}")


def _best(run: Callable[[int], int]) -> float:
    """Units a second of the best of some rounds; `run(round)` gives how many units it did."""
    gc.collect()
    gc.freeze()  # what was prepared for the measurement is nobody's work
    rates = []
    for number in range(ROUNDS):
        start = time.perf_counter()
        units = run(number)
        rates.append(units / (time.perf_counter() - start))
    return max(rates)


# Payload to durable reading


def bench_intake(folder: Path) -> Figure:
    """Raw glucose payloads in batches of 500, decoded, dated, with ledger and commit; against the same rows,
    ready, put into the same table by sqlite3's executemany, with the same durability and a commit a batch."""
    stores = _stores(folder / "ours.db")
    with writing(stores.engine) as session:
        patient_id = add_person(
            session, role=Role.PATIENT, name="Bench", birth_on=NOW.date().replace(year=1950), now=NOW
        ).id
    downloads = [_download(patient_id, number) for number in range(BATCHES)]
    bare = _bare_table(folder / "bare.db", stores.engine)
    ours, baseline = [], []
    gc.collect()
    gc.freeze()  # what was prepared for the measurement is nobody's work
    # In turns, batch by batch: whatever else the machine does meets both. The median is of 100 batches each.
    for number, download in enumerate(downloads):
        ours.append(_seconds(lambda download=download: keep(stores, download, NOW)))  # type: ignore[misc]
        rows = _rows(stores, number)
        baseline.append(_seconds(lambda rows=rows: _upsert(bare, rows)))  # type: ignore[misc]
    return Figure(
        "glucose payload → durable reading, batches of 500",
        "readings",
        BATCH / median(ours),
        BATCH / median(baseline),
        "the same rows, ready, by a bare sqlite3 executemany upsert; same table, same durability",
        0.4,
    )


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


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
    engine = make_engine(f"sqlite:///{path}")
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


def _bare_table(path: Path, engine: Engine) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536", "wal_autocheckpoint=16384"):
        connection.execute(f"PRAGMA {pragma}")
    with engine.begin() as ours:
        (sql,) = ours.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'reading'").one()
    connection.execute(sql)
    return connection


def _upsert(connection: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(COLUMNS))
    statement = (
        f"INSERT INTO reading VALUES ({marks}) ON CONFLICT (patient, metric, taken_at_ms, device, sequence) "  # noqa: S608
        "DO UPDATE SET value = excluded.value"
    )
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(statement, rows)
    connection.execute("COMMIT")


# A sweep of due doses

DOSES = 10_000


def bench_sweep(folder: Path) -> Figure:
    """10,000 doses due at once: each becomes due, with its event, its reminder in the outbox and its next check;
    against one APScheduler job a dose, which does nothing, in a SQLAlchemy job store with its defaults."""
    engines = [_due_doses(folder / f"sweep{number}.db") for number in range(ROUNDS)]

    def ours(number: int) -> int:
        return sweep(engines[number], NOW, timedelta(hours=24)).reminded

    return Figure(
        "sweep of 10,000 due doses",
        "doses",
        _best(ours),
        _scheduler_jobs(folder / "scheduler.db"),
        "one APScheduler job a dose, SQLAlchemy job store, defaults, doing nothing; run once",
        50,
    )


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
        due_work.add_many(session, WorkKind.DOSE, [(n + 1, NOW) for n in range(DOSES)])
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
        scheduler.add_job("companion.cli.bench:job", "date", run_date=NOW, args=(number,))
    done.clear()
    start = time.perf_counter()
    scheduler.resume()
    while len(done) < DOSES:
        time.sleep(0.01)
    rate = DOSES / (time.perf_counter() - start)
    scheduler.shutdown()
    return rate


BENCHES: dict[str, Callable[[Path], Figure]] = {"intake": bench_intake, "sweep": bench_sweep}
