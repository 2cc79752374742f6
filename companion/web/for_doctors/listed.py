"""A patient as lists tell of one: a doctor may have a thousand, so they are read as rows of a few columns."""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person, age_on
from companion.db import rows_of


class Listed(NamedTuple):
    """A patient, as far as a line tells of them."""

    id: int
    public_id: str
    name: str
    sex: str | None
    birth_on: date | None
    zone: str

    def age_at(self, at: datetime) -> int | None:
        """Full years on the patient's own calendar."""
        return age_on(self.birth_on, at.astimezone(ZoneInfo(self.zone)).date()) if self.birth_on else None


LISTED = (Person.id, Person.public_id, Person.name, Person.sex, Person.birth_on, Person.zone)
"""The columns of `Listed`, in the order of its fields."""


def listed_of(db: Session, ids: Collection[int]) -> dict[int, Listed]:
    """Those patients by their ids."""
    rows = rows_of(db, select(*LISTED).where(Person.id.in_(ids)))
    return {patient.id: patient for patient in map(Listed._make, rows)}
