"""Real servers for the tests, each in a temporary folder, on a free port of this machine, as a plain user."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from sqlalchemy import create_engine, make_url


def require(there: object, package: str) -> None:
    """A server that is missing fails in CI and is skipped elsewhere."""
    if not there:
        if os.environ.get("CI"):
            pytest.fail(f"{package} is missing: deploy/install-test-packages installs it")
        pytest.skip(f"Debian's {package} is not installed: see deploy/install-test-packages")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        assert isinstance(port, int)
        return port


def wait_until_served(address: str, seconds: float) -> None:
    """Until a web process answers there."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urlopen(f"{address}/healthz", timeout=5):
                return
        except (URLError, ConnectionError, TimeoutError):
            assert time.monotonic() < end, f"nobody answers at {address}"
            time.sleep(0.1)


class PostgresqlServer:
    """An empty PostgreSQL server in a temporary folder. It can be killed and started again on what it left behind."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        require(found, "postgresql")
        self._as_user: list[str] = []
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="companion-pg-")), free_port()
        self.url = f"postgresql+psycopg://companion@127.0.0.1:{self.port}/postgres"
        if os.geteuid() == 0:
            require(shutil.which("runuser"), "util-linux (PostgreSQL does not start as root)")
            self._as_user = ["runuser", "-u", "postgres", "--"]
            shutil.chown(self.folder, "postgres")
        self._binaries, self._data = found[-1].parent, self.folder / "data"
        self._run("initdb", "-U", "companion", "--auth=trust", "--no-sync")

    def start(self) -> None:
        """Until it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-w", "-o", options, "-l", str(self.folder / "log"), "start")

    def kill(self) -> None:
        """In the middle of whatever it does; what it committed stays."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        line = [*self._as_user, str(self._binaries / program), "-D", str(self._data), *arguments]
        subprocess.run(line, check=True, cwd=self.folder, stdout=subprocess.DEVNULL)


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """One that runs, thrown away afterwards."""
    server = PostgresqlServer()
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(server.folder, ignore_errors=True)


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty PostgreSQL server, thrown away afterwards."""
    with postgresql_server() as server:
        yield server.url


@contextmanager
def own_database(server_url: str) -> Iterator[str]:
    """The URL of a new empty database on that server, dropped afterwards with whoever is still connected."""
    name = f"own_{secrets.token_hex(6)}"
    server = create_engine(server_url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()


class HttpServer:
    """A server that answers by HTTP, as a plain user, with a temporary folder of its own. It can be killed and
    started again on what it left behind."""

    def __init__(self, folder: Path, port: int, line: Sequence[str]) -> None:
        self.folder, self.url, self.port = folder, f"http://127.0.0.1:{port}", port
        self._line = line
        self._as_user: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            self._as_user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            shutil.chown(folder, "nobody", "nogroup")

    def start(self) -> None:
        """Until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._line, cwd=self.folder, stdout=log, stderr=log, env={"HOME": str(self.folder)}, **self._as_user
            )
        for _ in range(200):
            if self.get("/ping") is not None:
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text("utf-8", errors="replace")[-2000:])

    def kill(self) -> None:
        """By SIGKILL, in the middle of whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def get(self, path: str, **query: str) -> bytes | None:
        """What it answers; None if nobody does."""
        try:
            with urlopen(f"{self.url}{path}?{urlencode(query)}", timeout=10) as answer:
                content = answer.read()
        except (URLError, ConnectionError):
            return None
        assert isinstance(content, bytes)
        return content

    def post(self, path: str, **form: str) -> bytes:
        """Sends a form and gives the answer."""
        with urlopen(f"{self.url}{path}", data=urlencode(form).encode(), timeout=10) as answer:
            content = answer.read()
        assert isinstance(content, bytes)
        return content


@contextmanager
def _running(server: HttpServer) -> Iterator[HttpServer]:
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(server.folder, ignore_errors=True)


@contextmanager
def influxdb(*, auth: bool = False) -> Iterator[HttpServer]:
    """Debian's InfluxDB 1.6.7 without a database, set up as docs/influxdb.md says."""
    require(shutil.which("influxd"), "influxdb")
    folder, port, backup_port = Path(tempfile.mkdtemp(prefix="companion-influx-")), free_port(), free_port()
    (folder / "conf").write_text(
        f"""
        reporting-disabled = true
        bind-address = "127.0.0.1:{backup_port}"
        [meta]
          dir = "{folder / "meta"}"
        [data]
          dir = "{folder / "data"}"
          wal-dir = "{folder / "wal"}"
          wal-fsync-delay = "0s"
          index-version = "tsi1"
        [monitor]
          store-enabled = false
        [http]
          bind-address = "127.0.0.1:{port}"
          auth-enabled = {str(auth).lower()}
        """
    )
    with _running(HttpServer(folder, port, ["influxd", "-config", str(folder / "conf")])) as server:
        yield server


@contextmanager
def victoria_metrics() -> Iterator[HttpServer]:
    """Debian's VictoriaMetrics, which takes what a client of InfluxDB 2.x writes."""
    require(shutil.which("victoria-metrics"), "victoria-metrics")
    folder, port = Path(tempfile.mkdtemp(prefix="companion-vm-")), free_port()
    line = [
        "victoria-metrics",
        f"-storageDataPath={folder / 'data'}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=20y",
    ]
    with _running(HttpServer(folder, port, line)) as server:
        yield server
