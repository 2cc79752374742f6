"""The records' database for a command."""

from sqlalchemy import Engine

from companion.services import build_services
from companion.settings import load_settings


def records() -> Engine:
    """The database that COMPANION_DATABASE_URL names."""
    return build_services(load_settings()).engine
