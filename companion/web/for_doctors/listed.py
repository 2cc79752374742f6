"""A patient as lists tell of one: a doctor may have a thousand, so they are read as rows of a few columns."""

from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.care.people import Person, age_on


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
"""The columns, in the order of the fields."""
