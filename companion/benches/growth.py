"""What a reading, a dose and a message take on disk, and how many of each go through in a second."""

import json
import logging
import math
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import click
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session

from companion.benches.due_doses import due_at_once, give_telephones, settle
from companion.benches.engines import bench_engine
from companion.benches.figure import Figure, seconds, settle_memory
from companion.benches.influx import influxd
from companion.benches.postgresql import servers_url
from companion.care import contact_models
from companion.db import make_engine
from companion.logs import set_up_logs
from companion.messages.channel import Accepted, Caps, LookupResult, NotFound, Outgoing, SendResult
from companion.messages.composed import Asked, Composed
from companion.messages.dispatch import dispatch
from companion.messages.ways_out import WaysOut
from companion.readings.batch import Incoming
from companion.readings.digest import canonical
from companion.readings.identity import IDENTITY_BYTES
from companion.readings.ledger import reading_identity
from companion.readings.ledger import settle as settle_identities
from companion.readings.opening import open_store
from companion.readings.reading import Kind, Metric, Reading
from companion.reminders.telling.sweep import sweep

START = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
PATIENTS, DAYS, A_DAY = 30, 7, 288
"""A sensor measures every five minutes."""
SINGLY = 200
DOSES, MEDICINES, BATCH = 20_000, 4, 500
SENT = 400
EVENTS_A_DOSE = 2
"""It became due, and it was answered."""
TEXT = "Time for your 08:00 medicine. Reply 1 taken, 2 later, 3 skip."
PLAIN = "the same rows as lines of JSON in a file, fsync after each batch"


def measure(folder: Path) -> list[Figure]:
    """A week of thirty sensors appended a day at a time, then values one by one; doses that become due, their
    reminders, and those handed over to a provider who answers at once. Disk: tables with their indexes, no logs."""
    set_up_logs(as_json=False, level=logging.WARNING)
    with _engines(folder) as engines:
        readings = [figure for engine, url in engines.items() for figure in _readings(folder, engine, url)]
        records = [figure for engine in list(engines)[:2] for figure in _records(folder, engine, engines[engine])]
    return readings + records


@contextmanager
def _engines(folder: Path) -> Iterator[dict[str, str]]:
    """The URLs of empty databases, by the names of their engines; a server that is not installed is left out."""
    found = {"SQLite": f"sqlite:///{folder / 'ours.db'}"}
    with servers_url() as server:
        if server:
            found["PostgreSQL"] = server
        if shutil.which("influxd") is None:
            click.echo("  (no InfluxDB here: apt-get install influxdb)", err=True)
            yield found
            return
        with influxd(folder, settled_after="1s") as port:
            yield found | {"InfluxDB": f"influxdb://127.0.0.1:{port}/ours"}


class _Plain(NamedTuple):
    """The baseline: bytes a row, and rows a second."""

    size: float
    rate: float


def _plain(folder: Path, batches: Sequence[Sequence[bytes]]) -> _Plain:
    path = folder / "plain"
    took = seconds(partial(_write_lines, path, batches))
    rows = sum(map(len, batches))
    return _Plain(path.stat().st_size / rows, rows / took)


def _write_lines(path: Path, batches: Sequence[Sequence[bytes]]) -> None:
    with path.open("wb") as file:
        for batch in batches:
            file.write(b"".join(batch))
            file.flush()
            os.fsync(file.fileno())


def _readings(folder: Path, engine: str, url: str) -> list[Figure]:
    store = open_store(url)
    days = [[_reading(patient, day, n) for n in range(A_DAY)] for day in range(DAYS) for patient in range(PATIENTS)]
    single = [[_reading(PATIENTS, day, n)] for day in range(DAYS) for n in range(A_DAY)][:SINGLY]
    settle_memory()
    before = _size(folder, url)
    took = seconds(lambda: [store.append(day) for day in days])
    size = (_size(folder, url) - before) / (len(days) * A_DAY)
    took_singly = seconds(lambda: [store.append(one) for one in single])
    plain = _plain(folder, [list(map(canonical, day)) for day in days])
    singly = _plain(folder, [list(map(canonical, one)) for one in single])
    return [
        Figure(f"a reading, {engine}", "on disk", size, plain.size, PLAIN, 0, per=" B"),
        Figure(f"readings by day, {engine}", "readings", len(days) * A_DAY / took, plain.rate, PLAIN, 0),
        Figure(f"readings one by one, {engine}", "readings", SINGLY / took_singly, singly.rate, PLAIN, 0),
    ]


def _reading(patient: int, day: int, number: int) -> Reading:
    """A value of a sensor, with all that comes with it."""
    at = START + timedelta(days=day, minutes=5 * number)
    return Reading(
        f"pa_{patient:012x}",
        Metric.GLUCOSE,
        at,
        f"de_{patient:012x}",
        A_DAY * day + number,
        Decimal(80 + (number * 7 + patient) % 150),
        "mg/dL",
        Kind.CGM,
        f"in_{day:06x}{patient:06x}",
        device_time=at.replace(tzinfo=None).isoformat(),
        raw=(A_DAY * day + number).to_bytes(15, "little"),
    )


def _size(folder: Path, url: str) -> float:
    """Bytes on disk, once everything is where it stays."""
    if url.startswith("influxdb"):
        return _settled_size(folder)
    if url.startswith("sqlite"):
        settle(make_engine(url))
        return (folder / Path(make_url(url).database or "").name).stat().st_size
    with make_engine(url).connect() as connection:
        size: int = connection.exec_driver_sql(
            "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class "
            "WHERE relkind = 'r' AND relname LIKE 'reading%%'"
        ).scalar_one()
        return float(size)


def _settled_size(folder: Path) -> float:
    """Of an InfluxDB's files and log, once the log has become files and they change no more."""
    sizes = [-1.0]
    while len(sizes) < 4 or len(set(sizes[-4:])) > 1:
        time.sleep(1)
        files = (path for part in ("data", "wal") for path in (folder / part).rglob("*") if path.is_file())
        # Blocks, not lengths: files of its index are long and mostly empty.
        sizes.append(512.0 * sum(path.stat().st_blocks for path in files))
    return sizes[-1]


class _AtOnce:
    """A provider without a way to it."""

    caps = Caps(per_second=math.inf)
    name = "bench"

    def send(self, outgoing: Outgoing) -> SendResult:
        return Accepted(outgoing.correlation_id)

    def lookup(self, outgoing: Outgoing, since: datetime, known: frozenset[str]) -> LookupResult:
        return NotFound()


def _composed(_session: Session, batch: Sequence[Asked]) -> list[Composed | None]:
    return [Composed(TEXT) for _ in batch]


def _records(folder: Path, engine: str, url: str) -> list[Figure]:
    database = _prepared(folder, url)
    swept = seconds(partial(sweep, database, NOW, timedelta(hours=24)))
    _note_identities(database)
    give_telephones(database)
    ways = WaysOut({contact_models.Kind.SMS: _AtOnce()})
    sent = seconds(partial(dispatch, database, ways, _composed, lambda: NOW, SENT))
    settle(database)
    with database.connect() as connection:
        sizes, rows = _sizes(connection), {name: _count(connection, name) for name in TABLES}
        lines = {name: _lines(connection, name) for name in rows}
    assert rows["dose_event"] == DOSES, "the sweep left doses"
    assert rows["delivery"] == SENT, "messages were not handed over"
    each = {name: sizes[name] / rows[name] for name in rows}
    plain = {name: _plain(folder, lines[name]) for name in rows}
    bare = {name: found.size for name, found in plain.items()}
    return [
        Figure(f"a dose, {engine}", "on disk", _of_a_dose(each), _of_a_dose(bare), PLAIN, 0, per=" B"),
        Figure(f"a message, {engine}", "on disk", _of_a_message(each), _of_a_message(bare), PLAIN, 0, " B"),
        Figure(f"a reading's identity, {engine}", "on disk", each[LEDGER], bare[LEDGER], PLAIN, 0, per=" B"),
        Figure(f"doses swept, {engine}", "doses", DOSES / swept, plain["dose_event"].rate, PLAIN, 0),
        Figure(f"messages handed over, {engine}", "messages", SENT / sent, plain["delivery"].rate, PLAIN, 0),
    ]


TABLES = ("dose", "dose_event", "message", "delivery", LEDGER := reading_identity.name)


def _of_a_dose(each: dict[str, float]) -> float:
    return each["dose"] + EVENTS_A_DOSE * each["dose_event"]


def _of_a_message(each: dict[str, float]) -> float:
    return each["message"] + each["delivery"]


def _note_identities(engine: Engine) -> None:
    """What the ledger keeps of the readings of a week, so that no record is taken in twice; in any order."""
    for day in range(DAYS):
        records = [(os.urandom(IDENTITY_BYTES), _reading(0, day, number)) for number in range(A_DAY)]
        with engine.begin() as connection:
            settle_identities(connection, 2, Incoming.of(records))


def _prepared(folder: Path, url: str) -> Engine:
    """A database of its own with doses that are all due now."""
    engine = bench_engine(f"sqlite:///{folder / 'records.db'}")
    if url.startswith("postgresql"):
        with make_engine(url).execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE records")
        engine = bench_engine(make_url(url).set(database="records").render_as_string(hide_password=False))
    due_at_once(engine, NOW, DOSES, MEDICINES)
    return engine


def _sizes(connection: Any) -> dict[str, float]:
    """Bytes of each table, with its indexes."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql(
            "SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_master USING (name) GROUP BY tbl_name"
        )
    else:
        found = connection.exec_driver_sql("SELECT relname, pg_total_relation_size(oid) FROM pg_class")
    return {name: float(size) for name, size in found}


def _count(connection: Any, table: str) -> int:
    found: int = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608
    return found


def _lines(connection: Any, table: str) -> list[list[bytes]]:
    """The table's rows as lines of JSON, in batches."""
    rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()  # noqa: S608
    lines = [json.dumps(list(row), default=str).encode() + b"\n" for row in rows]
    return [lines[start : start + BATCH] for start in range(0, len(lines), BATCH)]
