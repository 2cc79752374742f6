"""Rows of an export as they are found, a few at a time, and instants as they are told."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Executable

from companion.exporting.subject import Subject
from companion.fhir.names import local_instant

Row = tuple[Any, ...]

ROWS_AT_ONCE = 1000

_UTC = ZoneInfo("UTC")


def local_and_utc(at: datetime | None, subject: Subject) -> tuple[str | None, str | None]:
    """Local with its offset, and UTC with a `Z`; both to the millisecond where there are any."""
    if at is None:
        return None, None
    return local_instant(at, subject.zone), local_instant(at, _UTC).replace("+00:00", "Z")


def local(at: datetime | None, subject: Subject) -> str | None:
    """Local with its offset."""
    return None if at is None else local_instant(at, subject.zone)


def found(subject: Subject, query: Executable) -> Iterator[Any]:
    """What the query finds, a few at a time."""
    return iter(subject.session.execute(query, execution_options={"yield_per": ROWS_AT_ONCE}))
