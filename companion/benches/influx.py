"""Readings into an InfluxDB, where one is installed."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median

from influxdb_client.client.influxdb_client import InfluxDBClient

from companion.benches.figure import Figure, seconds, settle_memory
from companion.errors import Unavailable
from companion.readings.influx_lines import line_of, place
from companion.readings.influx_server import InfluxServer
from companion.readings.influx_store import InfluxReadingStore
from companion.readings.influx_url import parse_influx_url
from companion.readings.reading import Kind, Metric, Reading

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
BATCH, BATCHES, TURN = 500, 60, 5
DATABASES = ("ours", "bare")


def measure(folder: Path) -> list[Figure]:
    """Readings appended in batches of 500: what is there is looked up, the rest is written as lines; against the same
    lines, ready, sent to the same server by the same client, nothing looked up."""
    if shutil.which("influxd") is None:
        print("no InfluxDB is installed (Debian: influxdb): nothing is measured beside it", file=sys.stderr)
        return []
    with influxd(folder) as port:
        ours, bare = (f"influxdb://127.0.0.1:{port}/{name}" for name in DATABASES)
        return [_appended(InfluxReadingStore(ours), InfluxServer(parse_influx_url(bare, "bare"), "", "bare"))]


def _appended(store: InfluxReadingStore, server: InfluxServer) -> Figure:
    batches = [[_reading(BATCH * batch + number) for number in range(BATCH)] for batch in range(BATCHES)]
    lines = [[line_of(*placed) for placed in place(batch, [])] for batch in batches]
    ours: list[float] = []
    baseline: list[float] = []
    settle_memory()
    for first in range(0, BATCHES, TURN):  # in turns: whatever else the machine does meets both
        ours += [seconds(partial(store.append, batch)) for batch in batches[first : first + TURN]]
        baseline += [seconds(partial(server.write, ready)) for ready in lines[first : first + TURN]]
    assert list(store.export_patient("pa_bench")) == list(chain.from_iterable(batches))
    return Figure(
        "readings → InfluxDB 1.x, batches of 500",
        "readings",
        BATCH / median(ours),
        BATCH / median(baseline),
        "the same lines, ready, by influxdb-client to the same server; nothing looked up",
        0,
    )


def _reading(number: int) -> Reading:
    return Reading(
        patient="pa_bench",
        metric=Metric.GLUCOSE,
        taken_at=FIRST + timedelta(minutes=30 * number),
        device="de_bench",
        sequence=number % 65536,
        value=Decimal(80 + number % 200),
        unit="mg/dL",
        kind=Kind.METER,
        source="in_bench",
        device_time=(FIRST + timedelta(minutes=30 * number)).replace(tzinfo=None).isoformat(),
        raw=number.to_bytes(17, "little"),
    )


@contextmanager
def influxd(folder: Path, *, settled_after: str = "10m") -> Iterator[int]:
    """An InfluxDB of its own with both databases, set up as docs/influxdb.md says; gives its port. Silent for
    `settled_after` (its own default), it moves what it has in memory and log into its files."""
    port, backup_port = _free_port(), _free_port()
    settings = folder / "influxdb.conf"
    settings.write_text(
        f"""
        reporting-disabled = true
        bind-address = "127.0.0.1:{backup_port}"
        [meta]
          dir = "{folder / "meta"}"
        [data]
          dir = "{folder / "data"}"
          wal-dir = "{folder / "wal"}"
          cache-snapshot-write-cold-duration = "{settled_after}"
          index-version = "tsi1"
        [monitor]
          store-enabled = false
        [http]
          bind-address = "127.0.0.1:{port}"
          log-enabled = false
        """,
        encoding="utf-8",
    )
    line = ["influxd", "-config", str(settings)]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        _make_databases(port)
        yield port
    finally:
        process.kill()
        process.wait()


def _make_databases(port: int) -> None:
    server = InfluxServer(parse_influx_url(f"influxdb://127.0.0.1:{port}/ours", "bench"), "", "bench")
    for _ in range(100):
        try:
            server.version()
            break
        except Unavailable:
            time.sleep(0.05)
    client = InfluxDBClient(url=server.url.base, token="")
    for name in DATABASES:
        query = [("q", f"CREATE DATABASE {name} WITH DURATION INF SHARD DURATION 52w")]
        client.api_client.call_api("/query", "POST", query_params=query)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        assert isinstance(port, int)
        return port
