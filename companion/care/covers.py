"""Doctors who are away, and who stands in for them: for the same patients, for that time only.

A cover sees a patient only through the running care link of the doctor who is away, and never one who ended the
cover's own link: whoever took a doctor's sight away once is not given back by somebody's holiday.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Select, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from companion.care.consent import CareLink, Scope, running_for
from companion.care.names import by_name
from companion.care.people import Person, Role
from companion.care.standing_in import Span, goes_in_a_circle, last_cover
from companion.db import Base, RowId, rows_of
from companion.errors import BadInput


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


class Absence(Base):
    """A clinician is away and names a cover. Ended early by its `ends_at`; never deleted."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("clinician_role = 'clinician' AND cover_role = 'clinician'", name="clinicians"),
        CheckConstraint("clinician_id <> cover_id", name="two_people"),
        # The same instant: called off before it began.
        CheckConstraint("ends_at >= starts_at", name="span"),
        ForeignKeyConstraint(["clinician_id", "clinician_role"], ["person.id", "person.role"]),
        ForeignKeyConstraint(["cover_id", "cover_role"], ["person.id", "person.role"]),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    clinician_id: Mapped[int] = mapped_column(RowId, index=True)
    clinician_role: Mapped[str] = mapped_column(String(10), default=Role.CLINICIAN.value)
    cover_id: Mapped[int] = mapped_column(RowId, index=True)
    cover_role: Mapped[str] = mapped_column(String(10), default=Role.CLINICIAN.value)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    noted_at: Mapped[datetime]


def go_away(
    session: Session, clinician: Person, cover: Person, starts_at: datetime, ends_at: datetime, now: datetime
) -> Absence:
    """The clinician is away in that time, and the cover stands in. Raises BadInput."""
    _check_people(clinician, cover)
    if ends_at <= max(starts_at, now):
        raise BadInput(_("is over before it begins"), where="until", advice=_("choose a later day"))
    _hold(session, clinician, cover)
    others = _spans_between(session, starts_at, ends_at)
    if any(other.clinician_id == clinician.id for other in others):
        raise BadInput(_("you are away then already"), where="since", advice=_("take back the other time first"))
    if goes_in_a_circle(Span(clinician.id, cover.id, starts_at, ends_at), others):
        raise BadInput(_("is away then, and you stand in for them"), where="cover", advice=_("choose somebody else"))
    absence = Absence(clinician_id=clinician.id, cover_id=cover.id, starts_at=starts_at, ends_at=ends_at, noted_at=now)
    session.add(absence)
    session.flush()
    return absence


def _check_people(clinician: Person, cover: Person) -> None:
    if clinician.role != Role.CLINICIAN:
        raise BadInput("only a clinician has a cover", where="absence")
    if cover.role != Role.CLINICIAN or cover.left_at is not None:
        raise BadInput(_("is no doctor of this clinic"), where="cover", advice=_("choose one from the list"))
    if cover.id == clinician.id:
        raise BadInput(_("cannot be yourself"), where="cover", advice=_("choose somebody else"))


def _hold(session: Session, *people: Person) -> None:
    """Of two who name each other at one instant the second sees what the first did."""
    ids = sorted(person.id for person in people)
    session.execute(select(Person.id).where(Person.id.in_(ids)).order_by(Person.id).with_for_update(key_share=True))


def _spans_between(session: Session, starts_at: datetime, ends_at: datetime) -> list[Span]:
    columns = Absence.clinician_id, Absence.cover_id, Absence.starts_at, Absence.ends_at
    query = select(*columns).where(Absence.starts_at < ends_at, Absence.ends_at > starts_at)
    return [Span(*row) for row in session.execute(query)]


def come_back(absence: Absence, now: datetime) -> None:
    """Ends it now; one that has not begun is called off."""
    absence.ends_at = min(absence.ends_at, max(absence.starts_at, now))


def absences_of(session: Session, clinician_id: int, now: datetime) -> list[Absence]:
    """Those that are not over, in their order."""
    query = select(Absence).where(Absence.clinician_id == clinician_id, Absence.ends_at > now)
    return list(session.scalars(query.order_by(Absence.starts_at, Absence.id)))


def away_now(session: Session, now: datetime) -> dict[int, int]:
    """By the id of every clinician who is away the id of the cover they named, as far as that one is still here."""
    return {row.clinician_id: row.cover_id for row in rows_of(session, _AWAY, {"now": now})}


_cover = aliased(Person)
_AWAY = (
    select(Absence.clinician_id, Absence.cover_id)
    .join(_cover, _cover.id == Absence.cover_id)
    .where(Absence.starts_at <= bindparam("now"), Absence.ends_at > bindparam("now"), _cover.left_at.is_(None))
    .order_by(Absence.id)
)


def cover_of(session: Session, clinician_id: int, now: datetime) -> Person | None:
    """Who stands in for the clinician now. None while they are here, and where nobody can."""
    cover_id = last_cover(away_now(session, now), clinician_id)
    return session.get(Person, cover_id) if cover_id is not None else None


def covered_by(session: Session, cover_id: int, now: datetime) -> list[Person]:
    """The clinicians for whom that one stands in now, by name."""
    away = _covered_ids(session, cover_id, now)
    if not away:
        return []
    query = select(Person).where(Person.id.in_(away), Person.left_at.is_(None))
    return by_name(session.scalars(query))


def _covered_ids(session: Session, cover_id: int, now: datetime) -> list[int]:
    away = away_now(session, now)
    return [clinician_id for clinician_id in away if last_cover(away, clinician_id) == cover_id]


def stands_in_for(
    session: Session, cover_id: int, now: datetime, patient_ids: Collection[int] | None = None
) -> dict[int, Person]:
    """By the id of each patient whom the cover may see now only as a cover (of those given, or of all) the clinician
    who is away."""
    clinicians = {clinician.id: clinician for clinician in covered_by(session, cover_id, now)}
    if not clinicians:
        return {}
    links = (
        select(CareLink.patient_id, CareLink.member_id)
        .where(CareLink.member_id.in_(clinicians), *running_for(Scope.CARE, now))
        .where(CareLink.patient_id.not_in(_own_links(cover_id)))
    )
    if patient_ids is not None:
        links = links.where(CareLink.patient_id.in_(patient_ids))
    found = rows_of(session, links.order_by(CareLink.id.desc()))
    return {link.patient_id: clinicians[link.member_id] for link in found}


def _own_links(cover_id: int) -> Select[int]:
    """Patients with a link of the cover's own: a running one needs no standing in, an ended one forbids it."""
    return select(CareLink.patient_id).where(CareLink.member_id == cover_id, CareLink.scope == Scope.CARE.value)


def closed_to(session: Session, patient_id: int, now: datetime) -> set[int]:
    """The members whose care of the patient was ended: they see them as nobody's cover."""
    running = select(CareLink.member_id).where(CareLink.patient_id == patient_id, *running_for(Scope.CARE, now))
    ever = CareLink.patient_id == patient_id, CareLink.scope == Scope.CARE.value
    return set(session.scalars(select(CareLink.member_id).where(*ever, CareLink.member_id.not_in(running))))


def patients_covered(session: Session, cover_id: int, now: datetime) -> list[Person]:
    """The patients whom the cover may see now only as a cover, by name."""
    ids = stands_in_for(session, cover_id, now)
    query = select(Person).where(Person.id.in_(ids), Person.left_at.is_(None)) if ids else None
    return by_name(session.scalars(query)) if query is not None else []
