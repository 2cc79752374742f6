"""A PostgreSQL server for a benchmark, as Debian installs it, durable as in service; thrown away afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

INSTALLED = Path("/usr/lib/postgresql")
SETTINGS = "-c listen_addresses=127.0.0.1 -c shared_buffers=512MB -c max_wal_size=4GB"
"""What any guide to PostgreSQL sets first; both sides of a figure run on it."""


@contextmanager
def servers_url() -> Iterator[str | None]:
    """The URL of an empty server, or None where Debian's package is missing."""
    found = sorted(INSTALLED.glob("*/bin/initdb"))
    if not found:
        click.echo("  (no PostgreSQL here: apt-get install postgresql)", err=True)
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="companion-bench-"))
    # It does not start as root.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres")
    port, data = _free_port(), str(folder / "data")

    def run(program: str, *arguments: str) -> None:
        line = [*as_user, str(found[-1].parent / program), "-D", data, *arguments]
        subprocess.run(line, check=True, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603 (Debian's own programs)

    run("initdb", "-U", "companion", "--auth=trust", "--no-sync")
    run("pg_ctl", "-w", "-o", f"-p {port} -k {folder} {SETTINGS}", "-l", str(folder / "log"), "start")
    try:
        yield f"postgresql+psycopg://companion@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
