"""How a doctor hears of what waits for them: at which hour of their own day, and of what at once.

What is urgent is told at once, whatever was chosen: that is no choice.
"""

from collections.abc import Collection

from sqlalchemy import CheckConstraint, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care.people import Person
from companion.db import Base
from companion.errors import BadInput

DIGEST_HOUR = 8
"""Of the daily message to a doctor who did not choose. A house rule."""


class DoctorHearing(Base):
    """What a doctor chose. Without a row everything is as by default."""

    __tablename__ = "doctor_hearing"
    __table_args__ = (CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    digest_hour: Mapped[int] = mapped_column(default=DIGEST_HOUR)
    """When the daily message comes, on the doctor's wall."""
    every_at_once: Mapped[bool] = mapped_column(default=False)
    """Every new suggestion is told at once, not only what is urgent; outside quiet hours."""


def hearing_of(session: Session, person_ids: Collection[int]) -> dict[int, DoctorHearing]:
    """How each of these people hears; what nobody chose is there with its defaults."""
    rows = session.scalars(select(DoctorHearing).where(DoctorHearing.person_id.in_(person_ids)))
    chosen = {row.person_id: row for row in rows}
    return {each: chosen.get(each) or _default(each) for each in person_ids}


def _default(person_id: int) -> DoctorHearing:
    return DoctorHearing(person_id=person_id, digest_hour=DIGEST_HOUR, every_at_once=False)


def choose(session: Session, doctor: Person, *, digest_hour: int, every_at_once: bool) -> None:
    """Raises BadInput for an hour that no clock shows."""
    if not 0 <= digest_hour <= 23:
        raise BadInput("is out of range", where="digest_hour", advice="write 0 to 23")
    session.merge(DoctorHearing(person_id=doctor.id, digest_hour=digest_hour, every_at_once=every_at_once))
    session.flush()
