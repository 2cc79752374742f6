"""Care links: who may see whom, for what, with whose consent, from when to when."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care import sharing_texts
from companion.care.names import by_name
from companion.care.people import Person, Role
from companion.db import Base, RowId, rows_of
from companion.errors import BadInput


class Scope(StrEnum):
    """What a link opens. A clinician's link opens care; a caregiver's only what the patient agreed to; a pharmacist's
    how medicines are taken, and packs."""

    CARE = "care"
    MISSED_DOSES = "missed_doses"
    READINGS = "readings"
    MEDICINES = "medicines"


CAREGIVER_SCOPES = {Scope.MISSED_DOSES, Scope.READINGS}
SCOPES_FOR = {
    Role.CLINICIAN: {Scope.CARE},
    Role.CAREGIVER: CAREGIVER_SCOPES,
    Role.PHARMACIST: {Scope.MEDICINES},
}


class Hears(StrEnum):
    """Of which missed doses the patient lets a caregiver hear, and how."""

    ALL = "all"
    CRITICAL = "critical"  # of critical medicines only
    DIGEST = "digest"  # once a day, how the day went
    NONE = "none"  # of no dose: they see the page, and may hear of refills


class Misses(StrEnum):
    """Which missed doses of a medicine alert. A link that does not say: every one of a critical medicine, a pattern
    of the others."""

    EVERY = "every"
    PATTERN = "pattern"


WAIT_MINUTES = 15
"""How long one caregiver has before the next one is told. A house rule; the patient may agree on another."""
LONGEST_MINUTES = 240
DIGEST_HOUR = 20


class CareLink(Base):
    """`member` may see `patient` for `scope` while the link runs. Never deleted: ended.

    The fields from `position` on say how a caregiver hears of missed doses, and mean nothing in other links.
    """

    __tablename__ = "care_link"
    __table_args__ = (
        CheckConstraint("scope IN ('care', 'missed_doses', 'readings', 'medicines')", name="scope"),
        CheckConstraint("patient_id <> member_id", name="two_people"),
        CheckConstraint("hears IN ('all', 'critical', 'digest', 'none')", name="hears"),
        CheckConstraint("misses IN ('every', 'pattern')", name="misses"),
        CheckConstraint("delay_minutes BETWEEN 0 AND 240", name="delay"),
        CheckConstraint("wait_minutes BETWEEN 5 AND 240", name="wait"),
        CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour"),
        # Asked of every page; by the member alone, a doctor's thousand links would be gone through for it.
        Index("ix_care_link_member_id_patient_id", "member_id", "patient_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    scope: Mapped[str] = mapped_column(String(20))
    consent_given_at: Mapped[datetime]
    consent_noted_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    consent_text: Mapped[str | None] = mapped_column(String(300))
    """The sentence the patient agreed to, in their language. None: opened before the words were kept."""
    consent_version: Mapped[str | None] = mapped_column(String(20))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    position: Mapped[int] = mapped_column(default=1, server_default="1")
    """Caregivers are told in this order; those of one place together."""
    hears: Mapped[str] = mapped_column(String(8), default=Hears.ALL.value, server_default="all")
    hears_refills: Mapped[bool] = mapped_column(default=False, server_default=false())
    misses: Mapped[str | None] = mapped_column(String(8))
    delay_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    """Waited after the dose's window before the caregiver is told."""
    wait_minutes: Mapped[int] = mapped_column(default=WAIT_MINUTES, server_default="15")
    """How long the caregiver has to say what they do, before the next one is told."""
    quiet_override: Mapped[bool] = mapped_column(default=True, server_default=true())
    """A critical medicine passes the caregiver's quiet hours."""
    digest_hour: Mapped[int] = mapped_column(default=DIGEST_HOUR, server_default="20")
    """When the daily digest comes, on the caregiver's wall."""


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
    if scope not in SCOPES_FOR.get(Role(member.role), ()):
        raise BadInput(
            f"a {member.role} cannot be given {scope.value!r}",
            where="link",
            advice="clinicians take `care`; caregivers `missed_doses` or `readings`; pharmacists `medicines`",
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
        consent_text=sharing_texts.agreement(patient.language, scope.value, member.name),
        consent_version=sharing_texts.VERSION,
        starts_at=now,
        ends_at=ends_at,
        position=_next_position(session, patient.id, scope, now),
    )
    session.add(new)
    session.flush()
    return new


def _next_position(session: Session, patient_id: int, scope: Scope, now: datetime) -> int:
    """Whoever comes later is told after the others."""
    last = select(func.max(CareLink.position)).where(CareLink.patient_id == patient_id, *running_for(scope, now))
    return (session.scalar(last) or 0) + 1


def running_for(scope: Scope, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions of a link that opens `scope` at that instant."""
    return CareLink.scope == scope.value, *running_at(now)


def running_at(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ...]:
    """The conditions of a link that opens anything at that instant."""
    return CareLink.starts_at <= now, CareLink.ends_at.is_(None) | (CareLink.ends_at > now)


def find_link(session: Session, patient_id: int, member_id: int, scope: Scope, now: datetime) -> CareLink | None:
    """The running link of that kind, if there is one."""
    wanted = {"patient": patient_id, "member": member_id, "scope": scope.value, "now": now}
    return session.scalar(_LINK, wanted)


def has_link(session: Session, patient_id: int, member_id: int, scope: Scope, now: datetime) -> bool:
    """Whether there is one."""
    wanted = {"patient": patient_id, "member": member_id, "scope": scope.value, "now": now}
    return rows_of(session, _ITS_ID, wanted).first() is not None


_LINK = select(CareLink).where(
    CareLink.patient_id == bindparam("patient"),
    CareLink.member_id == bindparam("member"),
    CareLink.scope == bindparam("scope"),
    *running_at(bindparam("now")),
)
_ITS_ID = _LINK.with_only_columns(CareLink.id)


def treated_to_the_end(session: Session, patient: Person, member_id: int) -> bool:
    """Whether the member treated the patient until the care of the patient ended."""
    whose = CareLink.patient_id == patient.id, CareLink.member_id == member_id, CareLink.scope == Scope.CARE.value
    if patient.left_at is None:
        return False
    return session.scalar(select(CareLink.id).where(*whose, CareLink.ends_at == patient.left_at).limit(1)) is not None


def end_link(care_link: CareLink, now: datetime) -> None:
    """Closes the link now; what was seen before stays in the audit trail."""
    if care_link.ends_at is None or care_link.ends_at > now:
        care_link.ends_at = now


def agree(
    care_link: CareLink, *, hears: Hears, hears_refills: bool, misses: Misses | None, position: int, wait_minutes: int
) -> None:
    """What the patient lets the caregiver hear, and when in the order of caregivers. Raises BadInput."""
    _check("position", position, 1, 9)
    _check("wait_minutes", wait_minutes, 5, LONGEST_MINUTES)
    care_link.hears, care_link.hears_refills = hears.value, hears_refills
    care_link.misses = misses.value if misses else None
    care_link.position, care_link.wait_minutes = position, wait_minutes


def choose(care_link: CareLink, *, delay_minutes: int, digest_hour: int, quiet_override: bool) -> None:
    """How the caregiver wants to hear it. Raises BadInput."""
    _check("delay_minutes", delay_minutes, 0, LONGEST_MINUTES)
    _check("digest_hour", digest_hour, 0, 23)
    care_link.delay_minutes, care_link.digest_hour = delay_minutes, digest_hour
    care_link.quiet_override = quiet_override


def _check(field: str, number: int, least: int, most: int) -> None:
    if not least <= number <= most:
        raise BadInput("is out of range", where=field, advice=f"write {least} to {most}")


def members(session: Session, patient_id: int, scope: Scope, now: datetime) -> list[Person]:
    """Everybody who may see the patient for `scope` now, by name."""
    linked = select(Person).join(CareLink, CareLink.member_id == Person.id).where(CareLink.patient_id == patient_id)
    return _people(session, linked, scope, now)


def caregivers_of(session: Session, patient_ids: Collection[int], now: datetime) -> dict[int, int]:
    """By caregiver's id one of those patients, for everybody to whom one of them is open now."""
    running = or_(*(and_(*running_for(scope, now)) for scope in CAREGIVER_SCOPES))
    links = select(CareLink.member_id, CareLink.patient_id).where(CareLink.patient_id.in_(patient_ids), running)
    return {link.member_id: link.patient_id for link in session.execute(links.order_by(CareLink.id.desc()))}


def hearing_of_refills(session: Session, patient_id: int, now: datetime) -> list[int]:
    """The caregivers who may hear that a medicine runs low, in their order."""
    query = (
        select(CareLink.member_id)
        .join(Person, Person.id == CareLink.member_id)
        .where(CareLink.patient_id == patient_id, CareLink.hears_refills, Person.left_at.is_(None))
        .where(*running_for(Scope.MISSED_DOSES, now))
    )
    return list(session.scalars(query.order_by(CareLink.position, CareLink.id)))


def patients_of(session: Session, member_id: int, scope: Scope, now: datetime) -> list[Person]:
    """The patients the member may see for `scope` now, by name."""
    linked = select(Person).join(CareLink, CareLink.patient_id == Person.id).where(CareLink.member_id == member_id)
    return _people(session, linked, scope, now)


def _people(session: Session, linked: Select[Person], scope: Scope, now: datetime) -> list[Person]:
    still_here = linked.where(*running_for(scope, now), Person.left_at.is_(None))
    return by_name(session.scalars(still_here))
