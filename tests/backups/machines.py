"""Two machines: the one that is lost, and the empty one to which its backup is brought."""

import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from companion.backups import age_files
from companion.backups.make import Made, make_backup
from companion.backups.restore import Restored, restore
from companion.clock import system_clock
from companion.db import Base, make_engine
from companion.migrations import upgrade
from companion.services import Services
from companion.settings import Settings
from tests.world import World

assert upgrade, "importing the migrations makes every model known"

KEY = age_files.new_key()
RECIPIENT = str(KEY.to_public())
OPERATOR = "operator"


def services_in(world: World, folder: Path) -> Services:
    """Those of the world, with the files that people sent in that folder, wherever the records are."""
    return replace(world.services, settings=replace(world.settings, originals_folder=folder / "originals"))


def back_up(services: Services, path: Path) -> Made:
    """A backup for the one key there is."""
    return make_backup(services, path, [RECIPIENT], OPERATOR)


def empty_machine(settings: Settings, folder: Path, **urls: str) -> Settings:
    """The same installation on another machine, where nothing is but the secrets that were kept apart."""
    folder.mkdir()
    database_url = urls.get("database_url", f"sqlite:///{folder / 'companion.db'}")
    names = ("master_key_file", "audit_key_file", "audit_anchor_key_file", "vapid_key_file", "secret_key_file")
    secrets = {name: folder / Path(getattr(settings, name)).name for name in names}
    for name, path in secrets.items():
        if getattr(settings, name).exists():
            shutil.copy(getattr(settings, name), path)
    readings_url = urls.get("readings_url", database_url)
    moved = replace(settings, database_url=database_url, readings_url=readings_url, **secrets)
    return replace(moved, originals_folder=folder / "originals")


def bring_back(settings: Settings, path: Path, key: Any = KEY, **how: Any) -> Restored:
    """Restores it there."""
    return restore(settings, path, [key], system_clock, OPERATOR, **how)


def counts(engine: Engine) -> dict[str, int]:
    """Rows of every table."""
    with engine.connect() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


def counts_at(settings: Settings) -> dict[str, int]:
    """Rows of every table of that installation."""
    engine = make_engine(settings.database_url)
    try:
        return counts(engine)
    finally:
        engine.dispose()


def keep_file(services: Services, patient: str, content: bytes) -> str:
    """Somebody sent a file; gives its digest."""
    return services.originals.keep(patient, BytesIO(content), len(content)).sha256
