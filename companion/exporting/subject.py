"""Whose data is written, and where it is taken from."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.exporting.told import Names
from companion.readings.store import ReadingStore


@dataclass(frozen=True)
class Subject:
    """One patient, within one look at the records' database; `made_at` is when the export is made."""

    session: Session
    store: ReadingStore
    patient: Person
    made_at: datetime

    @cached_property
    def zone(self) -> ZoneInfo:
        """Where the patient lives: local times are told there."""
        return ZoneInfo(self.patient.zone)

    @cached_property
    def names(self) -> Names:
        return Names(self.session)
