"""Where pieces are brought back to, on a machine where nothing is yet: each is complete before it gets its name."""

import os
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import make_url

from companion.backups import originals_piece, postgresql_dumps, sqlite_files, store_lines
from companion.backups.databases import is_empty
from companion.backups.leftovers import RESTORING, own_folder
from companion.backups.manifest import ORIGINALS, RECORDS, Manifest, Piece
from companion.db import make_engine
from companion.errors import BadInput
from companion.readings.opening import open_store
from companion.settings import Settings


class Place(Protocol):
    """Where one piece goes. `name` says where that is, for whoever has to empty it; `is_at_once`: what is brought is in
    its place at once, not only when it settles."""

    name: str
    is_at_once: bool

    def check_empty(self) -> None:
        """Raises BadInput where something is."""
        ...

    def bring(self, plain: IO[bytes]) -> dict[str, int]:
        """Takes the piece and gives what was counted in it, once more."""
        ...

    def settle(self) -> None:
        """Puts what was brought where it belongs. Last, when every piece was found to be right."""
        ...


LOGS = ("", "-wal", "-journal")
"""What an SQLite file's name is followed by. A log that an older file left would be played into the new one."""


class SqlitePlace:
    """A file that is not there yet."""

    is_at_once = False

    def __init__(self, url: str, setting: str, drafts: ExitStack) -> None:
        self._file, self._setting, self._drafts = sqlite_files.file_of(make_engine(url)), setting, drafts
        self.name = f"{self._file} and its -wal"

    def check_empty(self) -> None:
        for path in (self._file.with_name(self._file.name + log) for log in LOGS):
            if path.exists():
                raise _full(f"{path} is there already", self._setting)

    def bring(self, plain: IO[bytes]) -> dict[str, int]:
        folder = self._drafts.enter_context(own_folder(self._file.parent, RESTORING))
        self._draft = folder / self._file.name
        return sqlite_files.bring_back(plain, self._draft)

    def settle(self) -> None:
        os.replace(self._draft, self._file)


class PostgresqlPlace:
    """An empty database on a server. It takes all of a piece or nothing, at once."""

    is_at_once = True

    def __init__(self, url: str, setting: str) -> None:
        self._engine, self._setting = make_engine(url), setting
        self.name = f"the database of {setting} (dropdb, createdb)"

    def check_empty(self) -> None:
        if not is_empty(self._engine):
            raise _full("the database has tables already", self._setting)

    def bring(self, plain: IO[bytes]) -> dict[str, int]:
        return postgresql_dumps.bring_back(plain, self._engine)

    def settle(self) -> None:
        """It is where it belongs."""


class StorePlace:
    """A store of readings, of whatever engine."""

    name = "the store of COMPANION_READINGS_URL"
    is_at_once = True

    def __init__(self, settings: Settings, sha256: str) -> None:
        self._store = open_store(settings.readings_url, token=settings.readings_token)
        self._sha256 = sha256

    def check_empty(self) -> None:
        if next(self._store.patients(), None) is not None:
            raise _full("has readings already", "COMPANION_READINGS_URL")

    def bring(self, plain: IO[bytes]) -> dict[str, int]:
        return store_lines.bring_back(plain, self._store, self._sha256)

    def settle(self) -> None:
        """They are where they belong."""


class OriginalsPlace:
    """A folder that has no file in it."""

    is_at_once = False

    def __init__(self, folder: Path, drafts: ExitStack) -> None:
        self._folder, self._drafts = folder, drafts
        self.name = str(folder)

    def check_empty(self) -> None:
        if self._folder.exists() and any(self._folder.iterdir()):
            raise _full(f"{self._folder} has files already", "COMPANION_ORIGINALS_FOLDER")

    def bring(self, plain: IO[bytes]) -> dict[str, int]:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._draft = self._drafts.enter_context(own_folder(self._folder.parent, RESTORING)) / self._folder.name
        return originals_piece.bring_back(plain, self._draft)

    def settle(self) -> None:
        os.replace(self._draft, self._folder)


def places(told: Manifest, settings: Settings, drafts: ExitStack) -> list[tuple[Piece, Place]]:
    """Where each piece goes by these settings, the records last; `drafts` clears away what does not get there. Raises
    BadInput where the settings are for something else than was backed up."""
    separate = settings.readings_url != settings.database_url
    if separate != (told.piece("readings") is not None):
        what = "are in the records' database in this backup" if separate else "have a store of their own in this backup"
        advice = "take it out" if separate else "set it to a store like the one that was backed up"
        raise BadInput(f"readings {what}", where="COMPANION_READINGS_URL", advice=advice)
    return [(piece, _place(piece, settings, drafts)) for piece in reversed(told.pieces)]


def _place(piece: Piece, settings: Settings, drafts: ExitStack) -> Place:
    if piece.name == ORIGINALS:
        return OriginalsPlace(settings.originals_folder, drafts)
    if piece.engine == "lines":
        return StorePlace(settings, piece.sha256)
    if piece.name == RECORDS:
        return _database(piece, settings.database_url, "COMPANION_DATABASE_URL", drafts)
    return _database(piece, settings.readings_url, "COMPANION_READINGS_URL", drafts)


def _database(piece: Piece, url: str, setting: str, drafts: ExitStack) -> Place:
    if (kind := make_url(url).get_backend_name()) != piece.engine:
        advice = f"bring it back into {piece.engine}; `companion db copy` and `readings copy` move it from there"
        raise BadInput(f"{piece.name} of this backup are in {piece.engine}, not {kind}", where=setting, advice=advice)
    return SqlitePlace(url, setting, drafts) if kind == "sqlite" else PostgresqlPlace(url, setting)


def _full(what: str, where: str) -> BadInput:
    advice = "a backup is brought back into an empty machine only; nothing was changed"
    return BadInput(what, where=where, advice=advice)
