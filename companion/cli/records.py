"""The records' database for a command: opened from the settings, with a plain word when its schema is not there."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from companion.db import reading, writing
from companion.errors import BadInput
from companion.services import build_services
from companion.settings import load_settings


def records() -> Engine:
    """The database that COMPANION_DATABASE_URL names."""
    return build_services(load_settings()).engine


@contextmanager
def changing(engine: Engine) -> Iterator[Session]:
    """One transaction that writes."""
    with _plainly_said(), writing(engine) as session:
        yield session


@contextmanager
def looking(engine: Engine) -> Iterator[Session]:
    """One consistent look."""
    with _plainly_said(), reading(engine) as session:
        yield session


@contextmanager
def _plainly_said() -> Iterator[None]:
    try:
        yield
    except (OperationalError, ProgrammingError) as error:
        said = str(error.orig).splitlines()[0]
        raise BadInput(said, where="database", advice="is it up to date? run `companion db upgrade`") from None
