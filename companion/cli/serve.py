"""`companion serve`: the pages and the API, by gunicorn."""

import os
import sys
import tempfile

import click

from companion.backups import half_way
from companion.cli.records import records
from companion.clock import system_clock
from companion.db import writing
from companion.sealing.rotating import check
from companion.settings import COUNTS_FOLDER, environment_with, load_settings
from companion.web.door.first_admin import create_first_admin, has_admin

WORKERS, THREADS = 2, 4
"""A few processes with few threads: 2 x 4 served 892 pages a second where 1 x 8 served 237 (the GIL)."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; HTTPS is a proxy's work.")
def command(host: str) -> None:
    """Serve the pages and the API on COMPANION_PORT until stopped."""
    settings = load_settings()
    half_way.refuse(settings)
    engine = records()
    check(engine)
    with writing(engine) as session:
        create_first_admin(session, settings, system_clock())
        if not has_admin(session):
            click.echo("no administrator yet: see `companion people add --role admin --help`", err=True)
    engine.dispose()
    together = environment_with({COUNTS_FOLDER: tempfile.mkdtemp(prefix="companion-counts-")})
    # Replaces this process, so that a supervisor's signals reach gunicorn itself.
    os.execve(sys.executable, [sys.executable, *gunicorn_arguments(host, settings.port)], together)  # noqa: S606


def gunicorn_arguments(host: str, port: int) -> list[str]:
    """How the server is called. It writes no log of requests."""
    return [
        "-m",
        "gunicorn",
        "--config=python:companion.web.serving",
        f"--bind={host}:{port}",
        f"--workers={WORKERS}",
        f"--threads={THREADS}",
        "--worker-class=gthread",
        "--graceful-timeout=10",
        "--no-control-socket",
        "--log-level=warning",
        "companion.web:create_app()",
    ]
