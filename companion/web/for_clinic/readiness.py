"""Whether this process can do its work: one check after the other, each with the word for what is wrong."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

import companion
from companion.db import Base, looking
from companion.errors import Unavailable
from companion.jobs import seconds_since_beat
from companion.readings.reading import Metric
from companion.services import Services
from companion.settings import Settings
from companion.web.for_clinic.keys_ready import WELL, keys_reason

BEATS_MISSED = 3
"""So many beats may be late before the service says that it is not ready."""
AHEAD = "ahead"
MIGRATIONS = Path(companion.__file__).parent / "migrations" / "versions"
NEWEST_SCHEMA = max(path.name[:4] for path in MIGRATIONS.glob("[0-9]*.py"))
"""The revision that this version was written for: they are numbered, and their files begin with the number."""


class Check(NamedTuple):
    """`reason`: one word for what is wrong; empty where nothing is."""

    name: str
    reason: str

    @property
    def holds(self) -> bool:
        # A schema that is ahead is what an upgrade looks like from the version before it, which still serves.
        return self.reason in (WELL, AHEAD)


def checks(services: Services, now: datetime) -> list[Check]:
    """Every check, whatever the others found. No reason holds more than a word of ours."""
    settings = services.settings
    schema = _schema(services.engine)
    has_database = schema != "no_answer"
    return [
        Check("database", WELL if has_database else "no_answer"),
        Check("schema", schema),
        Check("heartbeat", _heartbeat(services.engine, settings, now) if schema in (WELL, AHEAD) else "unknown"),
        Check("readings", _readings(services)),
        Check("disk", _disk(settings)),
        Check("keys", keys_reason(services) if schema in (WELL, AHEAD) else "unknown"),
    ]


def _schema(engine: Engine) -> str:
    try:
        with looking(engine) as connection:
            return _schema_of(connection)
    except SQLAlchemyError:  # what is wrong stands in the database's own log; here it is only that it is
        return "no_answer"


def _schema_of(connection: Connection) -> str:
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" not in tables:
        return "none"
    revision = connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
    if revision < NEWEST_SCHEMA:
        return "behind"
    if not tables >= set(Base.metadata.tables):
        return "tables_missing"
    return AHEAD if revision > NEWEST_SCHEMA else WELL


def _heartbeat(engine: Engine, settings: Settings, now: datetime) -> str:
    age = seconds_since_beat(engine, now)
    if age is None:
        return "never"
    return WELL if age <= BEATS_MISSED * settings.heartbeat_seconds else "late"


def _readings(services: Services) -> str:
    """Whether their store answers a question about nobody."""
    try:
        services.store.latest("nobody", Metric.GLUCOSE)
    except (SQLAlchemyError, Unavailable):  # why stands in the log of whoever wanted a reading
        return "no_answer"
    return WELL


def _disk(settings: Settings) -> str:
    enough = settings.min_free_mb * 2**20
    return WELL if all(free >= enough for free in free_bytes(settings).values()) else "full"


def free_bytes(settings: Settings) -> dict[str, int]:
    """What is left where files that people sent are kept, and where an SQLite database is: by `originals`,
    `database`. Folders that are not there yet will be made in those that are."""
    places = {"originals": settings.originals_folder} | _of_sqlite(settings.database_url)
    return {name: shutil.disk_usage(_nearest(place)).free for name, place in places.items()}


def _of_sqlite(url: str) -> dict[str, Path]:
    is_file = url.startswith("sqlite:///") and ":memory:" not in url
    return {"database": Path(url.removeprefix("sqlite:///")).parent} if is_file else {}


def _nearest(folder: Path) -> Path:
    absolute = folder.absolute()
    return next(place for place in (absolute, *absolute.parents) if place.is_dir())
