"""An SQLite database while it is written to: a copy of one instant, and the copy in its place again."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from companion.backups.databases import Snapshot, counts_of, revision_of
from companion.backups.flowing import blocks_of
from companion.backups.leftovers import SNAPSHOT, own_folder
from companion.db import READ_ONLY, make_engine
from companion.errors import BadInput


@contextmanager
def snapshot(engine: Engine) -> Iterator[Snapshot]:
    """A copy beside the database, without a name as soon as it is open: a killed process leaves nothing to be read.

    VACUUM INTO is one read transaction, so that nobody who writes waits for it: what was committed before it began is
    in the copy, nothing of what came after, and nothing of what was erased. Raises BadInput for a database that does
    not hold together.
    """
    file = file_of(engine)
    with own_folder(file.parent, SNAPSHOT) as folder:
        copy = folder / file.name
        _copy(engine, copy)
        counts, revision = look_into(copy)
        content = copy.open("rb")
    with content:
        yield Snapshot("sqlite", counts, revision, blocks_of(content))


def _copy(engine: Engine, copy: Path) -> None:
    """Outside of the transactions that SQLAlchemy begins."""
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("VACUUM INTO ?", (str(copy),))
    except engine.dialect.loaded_dbapi.Error as error:
        advice = "check what room is left beside it"
        raise BadInput(f"cannot be copied: {error}", where=str(file_of(engine)), advice=advice) from None
    finally:
        raw.close()


def file_of(engine: Engine) -> Path:
    """Where its database is. Raises BadInput for one in memory."""
    name = engine.url.database
    if not name or name == ":memory:":
        raise BadInput("is in memory", where="the database", advice="name a file")
    return Path(name)


def look_into(file: Path) -> tuple[dict[str, int], str]:
    """The counts of its tables and its revision. Raises BadInput where it does not hold together."""
    engine = make_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            connection.execution_options(**{READ_ONLY: True})
            if wrong := _wrong(connection):
                raise _refused(wrong, file)
            return counts_of(connection), revision_of(connection)
    except DBAPIError as error:
        raise _refused(str(error.orig), file) from None
    finally:
        engine.dispose()


def _wrong(connection: Connection) -> str:
    """The first thing that SQLite finds wrong; empty where nothing is."""
    said = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar())
    if said != "ok":
        return said
    row = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    return f"a row of {row[0]} points at one that is not there" if row else ""


def _refused(wrong: str, file: Path) -> BadInput:
    return BadInput(f"does not hold together: {wrong}", where=file.name, advice="bring back an older backup")


def bring_back(plain: IO[bytes], file: Path) -> dict[str, int]:
    """Writes the file, which is not there yet, and looks into it; gives the counts of its tables."""
    file.touch(mode=0o600)
    with file.open("wb") as out:
        shutil.copyfileobj(plain, out)
    return look_into(file)[0]
