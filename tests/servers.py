"""Real servers for the tests, each in a temporary folder, on a free port of this machine, as a plain user."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty PostgreSQL server, thrown away afterwards."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    require(found, "postgresql")
    is_root = os.geteuid() == 0
    if is_root:
        require(shutil.which("runuser"), "util-linux (PostgreSQL does not start as root)")
    folder = Path(tempfile.mkdtemp(prefix="companion-pg-"))
    as_user = ["runuser", "-u", "postgres", "--"] if is_root else []
    if as_user:
        shutil.chown(folder, "postgres")
    port = free_port()
    binaries, data = found[-1].parent, folder / "data"

    def run(*line: str) -> None:
        subprocess.run([*as_user, *line], check=True, cwd=folder, stdout=subprocess.DEVNULL)

    run(str(binaries / "initdb"), "-D", str(data), "-U", "companion", "--auth=trust", "--no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    run(str(binaries / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield f"postgresql+psycopg://companion@127.0.0.1:{port}/postgres"
    finally:
        run(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def own_database(server_url: str) -> Iterator[str]:
    """The URL of a new empty database on that server, dropped afterwards with whoever is still connected."""
    name = f"own_{secrets.token_hex(6)}"
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()
