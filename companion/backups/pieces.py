"""What a backup of this installation is made of, by its settings."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from sqlalchemy import Engine, make_url

from companion.backups import originals_piece, postgresql_dumps, sqlite_files, store_lines
from companion.backups.databases import Snapshot
from companion.backups.manifest import ORIGINALS, READINGS, RECORDS
from companion.db import make_engine
from companion.services import Services

Take = Callable[[], AbstractContextManager[Snapshot]]


def pieces(services: Services) -> dict[str, Take]:
    """How each piece is taken, in this order: the records first, since a reading or a file that nobody knows of does no
    harm, and one that is missing does."""
    settings = services.settings
    wanted: dict[str, Take] = {RECORDS: partial(_snapshot, services.engine)}
    if settings.readings_url != settings.database_url:
        wanted[READINGS] = _readings(services)
    return wanted | {ORIGINALS: partial(originals_piece.snapshot, settings.originals_folder)}


def _readings(services: Services) -> Take:
    url = services.settings.readings_url
    if make_url(url).get_backend_name() in ("sqlite", "postgresql"):
        return partial(_snapshot, make_engine(url))
    return partial(store_lines.snapshot, services.store)


def _snapshot(engine: Engine) -> AbstractContextManager[Snapshot]:
    if engine.dialect.name == "sqlite":
        return sqlite_files.snapshot(engine)
    return postgresql_dumps.snapshot(engine)


def expected_bytes(services: Services) -> int:
    """About how much there is, for a progress bar."""
    files = originals_piece.kept_files(services.settings.originals_folder)
    return _size(services.engine) + sum(path.stat().st_size for path in files)


def _size(engine: Engine) -> int:
    if engine.dialect.name == "sqlite":
        return sqlite_files.file_of(engine).stat().st_size
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
