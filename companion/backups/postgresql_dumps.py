"""A PostgreSQL database while it is written to, by its own pg_dump and pg_restore. Nothing of it touches the disk."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, Any

from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine

from companion.backups.databases import Snapshot, counts_of, revision_of
from companion.backups.flowing import blocks_of
from companion.db import READ_ONLY
from companion.errors import BadInput, Unavailable
from companion.settings import environment_with


@contextmanager
def snapshot(engine: Engine) -> Iterator[Snapshot]:
    """One transaction holds the instant, counts in it, and lends it to pg_dump: both see the same rows, and nobody who
    writes waits for them. Raises BadInput without pg_dump, Unavailable where it fails."""
    with engine.connect() as connection:
        connection.execution_options(**{READ_ONLY: True}, isolation_level="REPEATABLE READ")
        counts, revision = counts_of(connection), revision_of(connection)
        instant = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        yield Snapshot("postgresql", counts, revision, _dump(engine, f"--snapshot={instant}"))


def _dump(engine: Engine, *options: str) -> Iterator[bytes]:
    """What pg_dump says, as it says it."""
    with TemporaryFile() as complaints:
        line, environment = _command("pg_dump", engine)
        line += ["--format=custom", "--no-owner", "--no-privileges", *options]
        with subprocess.Popen(  # noqa: S603
            line, stdout=subprocess.PIPE, stderr=complaints, env=environment
        ) as process:
            assert process.stdout is not None
            yield from blocks_of(process.stdout)
        _check("pg_dump", process.returncode, complaints)


def bring_back(plain: IO[bytes], engine: Engine) -> dict[str, int]:
    """All of it into the empty database, or nothing; gives the counts of its tables."""
    with TemporaryFile() as complaints:
        line, environment = _command("pg_restore", engine)
        line += ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        done = subprocess.run(line, stdin=plain, stderr=complaints, env=environment, check=False)  # noqa: S603
        _check("pg_restore", done.returncode, complaints)
    with engine.connect() as connection:
        return counts_of(connection)


def _command(name: str, engine: Engine) -> tuple[list[str], Mapping[str, str]]:
    """The program and where it goes to. The password goes by the environment, where only its owner sees it."""
    program = shutil.which(name)
    if program is None:
        advice = "install PostgreSQL's client programs, of the server's version or newer"
        raise BadInput("is not on this machine", where=name, advice=advice)
    _, told = engine.dialect.create_connect_args(engine.url)
    where: dict[str, Any] = {key: value for key, value in told.items() if key not in ("password", "context")}
    password = {"PGPASSWORD": told["password"]} if told.get("password") else {}
    return [program, f"--dbname={make_conninfo('', **where)}"], environment_with(password)


def _check(name: str, code: int, complaints: IO[bytes]) -> None:
    if code:
        complaints.seek(0)
        said = complaints.read(4000).decode(errors="replace").splitlines() or [f"ended with code {code}"]
        raise Unavailable(said[0].removeprefix(f"{name}: error: "), where=name, advice="nothing was kept of it")
