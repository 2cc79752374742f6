"""What people said about a reading afterwards: laid over it at read, never written into it."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, Integer, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.db import Base, RowId
from companion.errors import BadInput
from companion.readings.reading import Meal, Metric, Reading


class Field(StrEnum):
    MEAL = "meal"
    EXCLUDED = "excluded"


class Amendment(Base):
    """Who changed what of which reading, when and why; append-only, the newest of a field counts."""

    __tablename__ = "amendment"
    __table_args__ = (Index("ix_amendment_reading", "patient", "metric", "taken_at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient: Mapped[str] = mapped_column(String(20))
    metric: Mapped[str] = mapped_column(String(20))
    taken_at: Mapped[datetime]
    device: Mapped[str] = mapped_column(String(160))
    sequence: Mapped[int] = mapped_column(Integer)
    field: Mapped[str] = mapped_column(String(10))
    old: Mapped[str] = mapped_column(String(20))
    new: Mapped[str] = mapped_column(String(20))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    why: Mapped[str] = mapped_column(String(200))


class Amended(NamedTuple):
    """A reading as it is to be read now."""

    reading: Reading
    is_excluded: bool
    meal_was_asked: bool


Key = tuple[str, datetime, str, int]


def key_of(reading: Reading) -> Key:
    """What names a reading of one patient."""
    return reading.metric.value, reading.taken_at, reading.device, reading.sequence


def amend(session: Session, reading: Reading, *, field: Field, new: str, by_id: int, why: str, now: datetime) -> None:
    """Notes what was said. Raises BadInput for a value the field does not know."""
    if field is Field.MEAL and new not in set(Meal):
        raise BadInput(f"{new!r} is not one of {', '.join(Meal)}", where="meal")
    if field is Field.EXCLUDED and new not in ("yes", "no"):
        raise BadInput("is either yes or no", where="excluded")
    old = {Field.MEAL: reading.meal or "", Field.EXCLUDED: "no"}[field]
    session.add(
        Amendment(
            patient=reading.patient,
            metric=reading.metric.value,
            taken_at=reading.taken_at,
            device=reading.device,
            sequence=reading.sequence,
            field=field.value,
            old=old,
            new=new,
            by_id=by_id,
            at=now,
            why=why[:200],
        )
    )
    session.flush()


def amended(session: Session, patient: str, readings: Iterable[Reading]) -> list[Amended]:
    """The readings with everything said about them laid over, in their order."""
    readings = list(readings)
    if not readings:
        return []
    said: dict[tuple[Key, str], str] = {}
    first, last = min(r.taken_at for r in readings), max(r.taken_at for r in readings)
    rows = session.scalars(
        select(Amendment)
        .where(Amendment.patient == patient, Amendment.taken_at >= first, Amendment.taken_at <= last)
        .order_by(Amendment.id)
    )
    for row in rows:
        said[(row.metric, row.taken_at, row.device, row.sequence), row.field] = row.new
    return [_lay_over(reading, said) for reading in readings]


def _lay_over(reading: Reading, said: dict[tuple[Key, str], str]) -> Amended:
    key = key_of(reading)
    meal = said.get((key, Field.MEAL.value))
    return Amended(
        reading=reading._replace(meal=Meal(meal)) if meal else reading,
        is_excluded=said.get((key, Field.EXCLUDED.value)) == "yes",
        meal_was_asked=meal is not None,
    )


def counted(readings: Iterable[Amended]) -> list[Reading]:
    """Those that nobody excluded."""
    return [entry.reading for entry in readings if not entry.is_excluded]


def find_reading(
    candidates: Iterable[Amended], metric: Metric, taken_at: datetime, device: str, sequence: int
) -> Amended | None:
    """The one reading with that key among the candidates."""
    wanted = (metric.value, taken_at, device, sequence)
    return next((entry for entry in candidates if key_of(entry.reading) == wanted), None)
