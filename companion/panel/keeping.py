"""Every patient's standing, kept in a row and worked out anew once an hour, a few patients a beat."""

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import JSON, ColumnElement, Engine, ForeignKey, Text, cast, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care.people import Person, Role
from companion.db import Base, RowId, reading, rows_of, writing
from companion.many_rows import run_for_rows
from companion.panel.standing import Standing, standing_from
from companion.panel.working_out import standing_of
from companion.readings.store import ReadingStore

OLD_AFTER = timedelta(hours=1)
A_BEAT = 20
"""Patients a beat: a beat does not get slow when all are due at once."""
REMEMBERED = 8192
"""Standings in memory: some 16 MB."""


class PatientFigures(Base):
    """What `standing_of` came to. Nothing decides by it: it is for a page, and may be thrown away."""

    __tablename__ = "patient_figures"

    patient_id: Mapped[int] = mapped_column(RowId, ForeignKey("person.id"), primary_key=True, autoincrement=False)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    worked_out_at: Mapped[datetime] = mapped_column(index=True)


class Kept(NamedTuple):
    """A standing, and as of when."""

    standing: Standing
    worked_out_at: datetime


def kept_of(session: Session, of_whom: ColumnElement[bool]) -> dict[int, Kept]:
    """By patient; one whose standing was never worked out is left out."""
    query = select(PatientFigures.patient_id, cast(PatientFigures.figures, Text), PatientFigures.worked_out_at)
    rows = rows_of(session, query.where(of_whom))
    return {patient_id: Kept(_standing(figures), at) for patient_id, figures, at in rows}


@lru_cache(REMEMBERED)
def _standing(figures: str) -> Standing:
    """What that text says: a list of a thousand asks with each look for the same texts, and nothing in a standing
    changes."""
    return standing_from(json.loads(figures))


def work_out_anew(engine: Engine, store: ReadingStore, now: datetime, limit: int = A_BEAT) -> int:
    """Those never worked out, then the oldest; tells how many. Read first: the write lock is held for moments only."""
    with reading(engine) as session:
        rows = [
            (patient.id, standing_of(session, store, patient, now).as_json(), now)
            for patient in _due(session, now, limit)
        ]
    if rows:
        with writing(engine) as session:
            here = _still_here(session, [row[0] for row in rows])
            run_for_rows(session.connection(), _KEEP, _TYPES, [row for row in rows if row[0] in here])
    return len(rows)


def _still_here(session: Session, patient_ids: Collection[int]) -> set[int]:
    """Whoever was erased meanwhile gets no row again."""
    query = select(Person.id).where(Person.id.in_(patient_ids), Person.left_at.is_(None))
    return set(session.scalars(query.order_by(Person.id).with_for_update(key_share=True)))


_KEEP = (
    "INSERT INTO patient_figures (patient_id, figures, worked_out_at) VALUES (?, ?, ?) "
    "ON CONFLICT (patient_id) DO UPDATE SET figures = excluded.figures, worked_out_at = excluded.worked_out_at"
)
_TYPES = [PatientFigures.__table__.c[name].type for name in ("patient_id", "figures", "worked_out_at")]


def _due(session: Session, now: datetime, limit: int) -> list[Person]:
    query = (
        select(Person)
        .outerjoin(PatientFigures, PatientFigures.patient_id == Person.id)
        .where(Person.role == Role.PATIENT.value, Person.left_at.is_(None))
        .where(PatientFigures.worked_out_at.is_(None) | (PatientFigures.worked_out_at <= now - OLD_AFTER))
        .order_by(PatientFigures.worked_out_at.is_not(None), PatientFigures.worked_out_at, Person.id)
        .limit(limit)
    )
    return list(session.scalars(query))
