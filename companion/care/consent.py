"""Care links: who may see whom, for what, with whose consent, from when to when."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care.people import Person, Role
from companion.db import Base, RowId
from companion.errors import BadInput


class Scope(StrEnum):
    """What a link opens. A clinician's link opens care; a caregiver's only what the patient agreed to."""

    CARE = "care"
    MISSED_DOSES = "missed_doses"
    READINGS = "readings"


CAREGIVER_SCOPES = {Scope.MISSED_DOSES, Scope.READINGS}


class CareLink(Base):
    """`member` may see `patient` for `scope` while the link runs. Never deleted: ended."""

    __tablename__ = "care_link"
    __table_args__ = (
        CheckConstraint("scope IN ('care', 'missed_doses', 'readings')", name="scope"),
        CheckConstraint("patient_id <> member_id", name="two_people"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    scope: Mapped[str] = mapped_column(String(20))
    consent_given_at: Mapped[datetime]
    consent_noted_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]


def link(
    session: Session,
    *,
    patient: Person,
    member: Person,
    scope: Scope,
    noted_by: Person,
    now: datetime,
    ends_at: datetime | None = None,
) -> CareLink:
    """Opens `scope` of the patient to the member from now on. An open link of the same kind is kept."""
    if patient.role != Role.PATIENT:
        raise BadInput(f"{patient.public_id} is not a patient", where="patient")
    fits = scope is Scope.CARE if member.role == Role.CLINICIAN else scope in CAREGIVER_SCOPES
    if member.role not in (Role.CLINICIAN, Role.CAREGIVER) or not fits:
        raise BadInput(
            f"a {member.role} cannot be given {scope.value!r}",
            where="link",
            advice="clinicians take `care`; caregivers `missed_doses` or `readings`",
        )
    if ends_at is not None and ends_at <= now:
        raise BadInput("ends before it starts", where="link.ends_at")
    running = find_link(session, patient.id, member.id, scope, now)
    if running:
        return running
    new = CareLink(
        patient_id=patient.id,
        member_id=member.id,
        scope=scope.value,
        consent_given_at=now,
        consent_noted_by=noted_by.id,
        starts_at=now,
        ends_at=ends_at,
    )
    session.add(new)
    session.flush()
    return new


def _running(scope: Scope, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions of a link that opens `scope` at that instant."""
    return (
        CareLink.scope == scope.value,
        CareLink.starts_at <= now,
        CareLink.ends_at.is_(None) | (CareLink.ends_at > now),
    )


def find_link(session: Session, patient_id: int, member_id: int, scope: Scope, now: datetime) -> CareLink | None:
    """The running link of that kind, if there is one."""
    whose = CareLink.patient_id == patient_id, CareLink.member_id == member_id
    return session.scalar(select(CareLink).where(*whose, *_running(scope, now)))


def end_link(care_link: CareLink, now: datetime) -> None:
    """Closes the link now; what was seen before stays in the audit trail."""
    if care_link.ends_at is None or care_link.ends_at > now:
        care_link.ends_at = now


def members(session: Session, patient_id: int, scope: Scope, now: datetime) -> list[Person]:
    """Everybody who may see the patient for `scope` now, by name."""
    linked = select(Person).join(CareLink, CareLink.member_id == Person.id).where(CareLink.patient_id == patient_id)
    return _people(session, linked, scope, now)


def patients_of(session: Session, member_id: int, scope: Scope, now: datetime) -> list[Person]:
    """The patients the member may see for `scope` now, by name."""
    linked = select(Person).join(CareLink, CareLink.patient_id == Person.id).where(CareLink.member_id == member_id)
    return _people(session, linked, scope, now)


def _people(session: Session, linked: Select[Person], scope: Scope, now: datetime) -> list[Person]:
    still_here = linked.where(*_running(scope, now), Person.left_at.is_(None))
    return list(session.scalars(still_here.order_by(Person.name, Person.id)))
