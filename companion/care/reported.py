"""What patients say of how they feel: kept with its time, counted by the protocols' gates at once, and correctable.

What a report means, and how long it counts, stands in `report_kinds`.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care.people import Person
from companion.care.report_kinds import LONGEST, MEANS, What, conditions_of
from companion.db import Base, RowId
from companion.errors import BadInput

SAME_WITHIN = timedelta(minutes=10)
"""The same said again so soon is a second tap, not another illness. A house rule."""


class EndedAs(StrEnum):
    OVER = "over"  # it was so, and is no more
    MISTAKE = "mistake"  # it never was


class Reported(Base):
    """One thing a patient told. It stays when it is over or was a mistake."""

    __tablename__ = "reported"
    __table_args__ = (
        CheckConstraint("what IN ('ill', 'vomiting', 'dizzy', 'fall', 'needed_help', 'symptoms')", name="what"),
        CheckConstraint("ended_as IN ('over', 'mistake')", name="ended_as"),
        CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name="ended"),
        Index("ix_reported_patient", "patient_id", "told_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    what: Mapped[str] = mapped_column(String(12))
    told_at: Mapped[datetime]
    told_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    via: Mapped[str] = mapped_column(String(8))
    """"page" or "api"."""
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_as: Mapped[str | None] = mapped_column(String(8))


def note_report(session: Session, patient: Person, what: What, *, by: Person, via: str, now: datetime) -> Reported:
    """Keeps what the patient tells now; the same again within minutes is the same."""
    again = session.scalar(
        select(Reported).where(
            Reported.patient_id == patient.id,
            Reported.what == what.value,
            Reported.told_at > now - SAME_WITHIN,
            Reported.ended_at.is_(None),
        )
    )
    if again is not None:
        return again
    report = Reported(
        public_id=f"rp_{secrets.token_hex(6)}",
        patient_id=patient.id,
        what=what.value,
        told_at=now,
        told_by=by.id,
        via=via,
    )
    session.add(report)
    session.flush()
    return report


def find_report(session: Session, public_id: str) -> Reported | None:
    """The report with that public id."""
    return session.scalar(select(Reported).where(Reported.public_id == public_id))


def end_report(report: Reported, how: EndedAs, *, by: Person, now: datetime) -> bool:
    """It counts no more from now on. False when it was ended before.

    Raises BadInput for the end of what cannot end: a fall was, or was not.
    """
    if report.ended_at is not None:
        return False
    if how is EndedAs.OVER and not MEANS[What(report.what)].is_state:
        raise BadInput("this cannot be over", where="how", advice="say that it was a mistake, or leave it")
    report.ended_at, report.ended_by, report.ended_as = now, by.id, how.value
    return True


def reports_of(session: Session, patient_id: int, now: datetime) -> list[Reported]:
    """What still counts somewhere, the latest first."""
    return list(session.scalars(_COUNTING, {"patient": patient_id, "since": now - LONGEST, "now": now}))


_COUNTING = (
    select(Reported)
    .where(
        Reported.patient_id == bindparam("patient"),
        Reported.told_at > bindparam("since"),
        Reported.told_at <= bindparam("now"),
        Reported.ended_at.is_(None),
    )
    .order_by(Reported.told_at.desc(), Reported.id.desc())
)


def reported_conditions(session: Session, patient_id: int, now: datetime) -> frozenset[str]:
    """Every condition that holds now because the patient told it."""
    return conditions_told(reports_of(session, patient_id, now), now)


def conditions_told(reports: Iterable[Reported], now: datetime) -> frozenset[str]:
    """The same of reports that were looked up already."""
    return frozenset().union(*(conditions_of(What(each.what), each.told_at, now) for each in reports))
