"""An opening in an emergency is one, however many ask at one moment, and so is a day's most."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, func, select

from companion.care.emergency_access import MOST_A_DAY, EmergencyAccess, EmergencyReason, find_running, open_patient
from companion.care.enrolling import add_person
from companion.care.people import Person, Role
from companion.db import Base, make_engine, reading, writing
from companion.errors import BadInput
from companion.migrations import upgrade
from tests.keys import with_keys
from tests.people import NOON, Cast, add_cast

assert upgrade, "importing the migrations makes every model known"

WORDS = "She collapsed in front of me."


@dataclass
class Clinic:
    engine: Engine
    cast: Cast

    def open(self, patient: Person) -> str:
        """The public id of what Dr. Zhao, who has no care link, opened; "" where that was one too many."""
        try:
            with writing(self.engine) as session:
                reason = EmergencyReason.ACUTE_DANGER
                return open_patient(session, patient, self.cast.other_doctor, reason, WORDS, NOON).public_id
        except BadInput:
            return ""

    def count(self) -> int:
        with reading(self.engine) as session:
            return session.scalar(select(func.count()).select_from(EmergencyAccess)) or 0


@pytest.fixture
def clinic(postgresql_database: str) -> Iterator[Clinic]:
    """On PostgreSQL, where many write at once."""
    engine = with_keys(make_engine(postgresql_database))
    Base.metadata.create_all(engine)
    with writing(engine) as session:
        cast = add_cast(session)
    yield Clinic(engine, cast)
    engine.dispose()


def test_of_many_at_one_moment_one_opens_and_the_others_find_it(clinic: Clinic) -> None:
    with ThreadPoolExecutor(8) as threads:
        opened = set(threads.map(clinic.open, [clinic.cast.patient] * 8))

    assert len(opened - {""}) == clinic.count() == 1


def test_many_at_one_moment_open_no_more_than_a_days_patients(clinic: Clinic) -> None:
    with writing(clinic.engine) as session:
        born = clinic.cast.patient.birth_on
        patients = [
            add_person(session, role=Role.PATIENT, name=f"P {n}", birth_on=born, now=NOON)
            for n in range(MOST_A_DAY + 3)
        ]

    with ThreadPoolExecutor(8) as threads:
        opened = list(threads.map(clinic.open, patients))

    assert (opened.count(""), clinic.count()) == (3, MOST_A_DAY)


def test_what_one_opened_is_nobody_elses(clinic: Clinic) -> None:
    clinic.open(clinic.cast.patient)

    with reading(clinic.engine) as session:
        by = {
            name: find_running(session, clinic.cast.patient.id, getattr(clinic.cast, name).id, NOON) is not None
            for name in ("other_doctor", "doctor", "caregiver", "other_patient", "admin")
        }

    assert by == {"other_doctor": True, **dict.fromkeys(("doctor", "caregiver", "other_patient", "admin"), False)}
