"""A patient's private calendar feed: one address, known to whoever was given it, until it is taken back.

The secret stands in the address only, because calendars know no other way; its hash is kept here.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care.people import Person
from companion.db import Base, RowId, rows_changed
from companion.tokens import digest, new_token


class CalendarFeed(Base):
    """An address that gives one patient's times. `with_names`: the patient wants the medicines named in it."""

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    with_names: Mapped[bool]
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


def make_feed(session: Session, patient_id: int, *, with_names: bool, now: datetime) -> str:
    """The secret of a new feed, told this once. The one there was ends: a patient has one address at a time."""
    end_feed(session, patient_id, now)
    token = new_token()
    session.add(CalendarFeed(token_hash=digest(token), patient_id=patient_id, with_names=with_names, made_at=now))
    session.flush()
    return token


def end_feed(session: Session, patient_id: int, now: datetime) -> bool:
    """The address gives nothing any more. False when there was none."""
    running = CalendarFeed.patient_id == patient_id, CalendarFeed.revoked_at.is_(None)
    return rows_changed(session.execute(update(CalendarFeed).where(*running).values(revoked_at=now))) > 0


def running_feed(session: Session, patient_id: int) -> CalendarFeed | None:
    """The patient's feed, if there is one."""
    running = CalendarFeed.patient_id == patient_id, CalendarFeed.revoked_at.is_(None)
    return session.scalar(select(CalendarFeed).where(*running))


def find_feed(session: Session, token: str) -> tuple[CalendarFeed, Person] | None:
    """The running feed with that secret, and whose it is; None for any other."""
    query = (
        select(CalendarFeed, Person)
        .join(Person, Person.id == CalendarFeed.patient_id)
        .where(CalendarFeed.token_hash == digest(token), CalendarFeed.revoked_at.is_(None), Person.left_at.is_(None))
    )
    found = session.execute(query).one_or_none()
    return None if found is None else (found[0], found[1])
