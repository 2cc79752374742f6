"""Inserting what may be there already, on both databases."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from companion.db import Base


def insert_unless_known(session: Session, table: type[Base], *unique: str) -> Any:
    """INSERT … ON CONFLICT (unique) DO NOTHING.

    Only a row that is known by those columns is passed over; every other constraint still speaks.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing(index_elements=list(unique))
