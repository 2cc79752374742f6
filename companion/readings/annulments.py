"""Whole uploads that were taken back: what came by them counts no more, and stays in the store.

The readings themselves are append-only. Taking an upload back is one row here; every reading whose `source` it
names is struck through when readings are read. A reading that a later file holds, too, is vouched for by that
file and counts as long as that file was not taken back itself.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.db import Base, RowId, rows_of
from companion.many_rows import insert_rows
from companion.readings.reading import Reading
from companion.readings.same import FARTHEST_CLOCKS, Key, key_of


class Annulment(Base):
    """Who took back everything that one intake brought, and when. `patient` and `source` are public ids."""

    __tablename__ = "annulment"
    __table_args__ = (UniqueConstraint("patient", "source"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(40))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class Vouched(Base):
    """A reading that first came by an upload taken back since, and came again by `source`."""

    __tablename__ = "vouched"
    __table_args__ = (
        UniqueConstraint("patient", "metric", "taken_at", "device", "sequence", "source", name="uq_vouched"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient: Mapped[str] = mapped_column(String(20))
    metric: Mapped[str] = mapped_column(String(20))
    taken_at: Mapped[datetime]
    device: Mapped[str] = mapped_column(String(160))
    sequence: Mapped[int] = mapped_column(Integer)
    source: Mapped[str] = mapped_column(String(40))


class Annulled:
    """Which readings of one patient were taken back, as far as the span it was asked for."""

    def __init__(self, sources: frozenset[str], vouched: frozenset[Key]) -> None:
        self._sources, self._vouched = sources, vouched

    def __bool__(self) -> bool:
        """Whether anything at all was taken back."""
        return bool(self._sources)

    def holds(self, key: Key, source: str) -> bool:
        """Whether the reading with that key, first seen by that source, counts no more."""
        return source in self._sources and key not in self._vouched


def annul(session: Session, patient: str, source: str, by_id: int, now: datetime) -> None:
    """Takes back what came by that source; doing it twice is doing it once."""
    if source not in annulled_sources(session, patient):
        session.add(Annulment(patient=patient, source=source, by_id=by_id, at=now))
        session.flush()


def annulled_sources(session: Session, patient: str) -> frozenset[str]:
    """The intakes of the patient that were taken back."""
    return frozenset(rows_of(session, _SOURCES, {"patient": patient}).scalars())


_SOURCES = select(Annulment.source).where(Annulment.patient == bindparam("patient"))


def annulled(session: Session, patient: str, first: datetime, last: datetime) -> Annulled:
    """What was taken back, for judging readings of that span and the links that lead out of it."""
    sources = annulled_sources(session, patient)
    if not sources:
        return Annulled(sources, frozenset())
    rows = session.execute(
        select(Vouched.metric, Vouched.taken_at, Vouched.device, Vouched.sequence).where(
            Vouched.patient == patient,
            Vouched.taken_at >= first - FARTHEST_CLOCKS,
            Vouched.taken_at <= last + FARTHEST_CLOCKS,
            Vouched.source.not_in(sources),
        )
    )
    return Annulled(sources, frozenset((metric, at, device, sequence) for metric, at, device, sequence in rows))


COLUMNS = ("patient", "metric", "taken_at", "device", "sequence", "source")


def vouch(session: Session, patient: str, source: str, readings: Iterable[Reading]) -> None:
    """Notes that these readings, first seen by a source taken back, came by `source`, too; once each."""
    rows = [(patient, *key_of(reading), source) for reading in readings]
    insert_rows(session.connection(), Vouched.__table__, COLUMNS, rows, known_by=", ".join(COLUMNS))
