"""The specialties of pharmacists and doctors, as the administrator sets them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.consent import CareLink, Scope, running_for
from companion.care.people import Person, Role
from companion.errors import BadInput
from companion.programme.desk.desk_models import StaffSpecialty
from companion.programme.desk.specialties import WANTED, Specialty

PROFESSIONALS = (Role.CLINICIAN, Role.PHARMACIST)


def specialties_of(session: Session, person_id: int) -> set[str]:
    return set(session.scalars(select(StaffSpecialty.specialty).where(StaffSpecialty.person_id == person_id)))


def set_specialties(session: Session, person: Person, chosen: Collection[str]) -> None:
    """In place of those before. Raises BadInput for who is neither pharmacist nor doctor."""
    if person.role not in PROFESSIONALS:
        raise BadInput("only pharmacists and doctors have specialties", where="specialties")
    if not set(chosen) <= set(Specialty):
        raise BadInput("is not known", where="specialties")
    session.get_one(Person, person.id, with_for_update={"key_share": True})
    for row in session.scalars(select(StaffSpecialty).where(StaffSpecialty.person_id == person.id)):
        session.delete(row)
    session.flush()
    rows = (StaffSpecialty(person_id=person.id, role=person.role, specialty=each) for each in sorted(set(chosen)))
    session.add_all(rows)
    session.flush()


def doctors_wanted(session: Session, patient_id: int, subject: str, now: datetime) -> list[Person]:
    """Those of the patient's doctors who know about that subject; none: nobody of them is meant before the
    others."""
    query = (
        select(Person)
        .join(CareLink, CareLink.member_id == Person.id)
        .join(StaffSpecialty, StaffSpecialty.person_id == Person.id)
        .where(
            CareLink.patient_id == patient_id,
            *running_for(Scope.CARE, now),
            Person.role == Role.CLINICIAN.value,
            StaffSpecialty.specialty.in_([each.value for each in WANTED[subject]]),
        )
    )
    return list(session.scalars(query.distinct().order_by(Person.id)))
